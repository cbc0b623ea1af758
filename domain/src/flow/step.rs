//! Runs a flow: one message in, what the bot does out. Pure.

use super::asking::plain;
use super::{Asking, Expects, Flow, Session, Step, fill, first_name};
use crate::Timestamp;
use crate::chat::Reason;
use crate::message::{Body, Choice};
use std::collections::BTreeMap;

/// What the customer said, as the bot hears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Words.
    Text(String),
    /// A tapped button or chosen row.
    Choice {
        /// Its id.
        id: String,
        /// Its words.
        title: String,
    },
    /// Anything else: a photo, a sticker.
    Other,
}

/// What the bot knows when it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The contact's attributes by key.
    pub attributes: BTreeMap<String, String>,
    /// The contact's name, for `{name}`.
    pub name: Option<String>,
    /// Whether somebody is there to answer: a member is Available, within business hours.
    pub staffed: bool,
    /// When somebody will be, for the blanks of [`crate::hours`].
    pub outlook: Vec<(String, String)>,
    /// What is said before all else, in the greeting's place.
    pub welcome: Option<String>,
    /// What is said where nobody is there, in the place of the flow's own words.
    pub away: Option<String>,
    /// Whether the bot has greeted in this window.
    pub greeted: bool,
    /// Whether a person was asked for already.
    pub requested: bool,
    /// The moment.
    pub now: Timestamp,
}

/// What the bot does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Says something.
    Say(Body),
    /// Stores an answer on the contact.
    SetAttribute {
        /// The attribute's key.
        key: String,
        /// The answer.
        value: String,
    },
    /// Asked for something: a line in the journey.
    Asked(String),
    /// The customer chose something: a line in the journey.
    Chose(String),
    /// Asks for a person.
    AskForPerson(Reason),
}

/// Steps without an answer in between; a flow that exceeds it goes round in circles and is left.
const LONGEST_RUN: usize = 25;

/// One message in, the bot's doings and the session's next state out.
pub fn step(
    flow: &Flow,
    asking: &Asking,
    session: &Session,
    heard: &Heard,
    context: &Context,
) -> (Session, Vec<Effect>) {
    let mut run = Run { flow, asking, context, session: session.clone(), effects: Vec::new() };
    run.hear(heard);
    (run.session, run.effects)
}

struct Run<'a> {
    flow: &'a Flow,
    asking: &'a Asking,
    context: &'a Context,
    session: Session,
    effects: Vec<Effect>,
}

impl Run<'_> {
    fn hear(&mut self, heard: &Heard) {
        if let Some(welcome) = &self.context.welcome {
            let welcome = self.fill(welcome);
            self.effects.push(Effect::Say(Body::text(welcome)));
        }
        if let Heard::Choice { id, title } = heard {
            if let Some(next) = self.target(id) {
                self.session.misses = 0;
                if let Some(Step::Person { .. }) = self.flow.steps.get(&next) {
                    return self.hand_over(Reason::Chose { title: title.clone() });
                }
                self.effects.push(Effect::Chose(title.clone()));
                return self.go(Some(next));
            }
            // A button that is not the flow's, an agent's for one, says what is written on it.
            return self.understand(&Heard::Text(title.clone()));
        }
        self.understand(heard);
    }

    fn understand(&mut self, heard: &Heard) {
        if let Heard::Text(text) = heard
            && self.asking.heard_in(text).is_some()
        {
            return self.hand_over(Reason::Wrote { text: text.clone() });
        }
        if let Some(name) = self.session.waiting.clone()
            && let Some(Step::Ask { .. }) = self.flow.steps.get(&name)
        {
            return self.answer(&name, heard);
        }
        if let Heard::Text(text) = heard
            && let Some(next) = self.titled(text)
        {
            self.session.misses = 0;
            if let Some(Step::Person { .. }) = self.flow.steps.get(&next) {
                return self.hand_over(Reason::Chose { title: text.clone() });
            }
            self.effects.push(Effect::Chose(text.clone()));
            return self.go(Some(next));
        }
        if !self.context.greeted {
            self.session.misses = 0;
            let greeting = self.fill(&self.flow.greeting);
            if !greeting.is_empty() && self.context.welcome.is_none() {
                self.effects.push(Effect::Say(Body::text(greeting)));
            }
            return self.go(Some(self.flow.start.clone()));
        }
        self.miss(heard);
    }

    /// The step that a button or row of this flow leads to.
    fn target(&self, id: &str) -> Option<String> {
        self.flow.steps.values().find_map(|step| match step {
            Step::Menu { options, .. } => options.iter().find(|o| o.id == id).map(|o| o.next.clone()),
            Step::Choose { sections, .. } => sections
                .iter()
                .flat_map(|section| &section.rows)
                .find(|row| row.id == id)
                .map(|row| row.id.clone())
                .filter(|id| self.flow.steps.contains_key(id)),
            _ => None,
        })
    }

    /// A typed answer that equals a title of the menu that waits.
    fn titled(&self, text: &str) -> Option<String> {
        let said = plain(text);
        match self.flow.steps.get(self.session.waiting.as_deref()?)? {
            Step::Menu { options, .. } => options.iter().find(|o| plain(&o.title) == said).map(|o| o.next.clone()),
            Step::Choose { sections, .. } => sections
                .iter()
                .flat_map(|section| &section.rows)
                .find(|row| plain(&row.title) == said)
                .map(|row| row.id.clone()),
            _ => None,
        }
    }

    fn answer(&mut self, name: &str, heard: &Heard) {
        let Some(Step::Ask { text, attribute, expects, again, next }) = self.flow.steps.get(name) else { return };
        let value = match heard {
            Heard::Text(text) => expects.read(text),
            Heard::Choice { title, .. } => expects.read(title),
            Heard::Other => None,
        };
        if let Some(value) = value {
            self.session.misses = 0;
            self.session.waiting = None;
            self.session.collected.retain(|(key, _)| key != attribute);
            self.session.collected.push((attribute.clone(), value.clone()));
            self.effects.push(Effect::SetAttribute { key: attribute.clone(), value });
            self.go(next.clone());
        } else if self.gives_up(self.session.misses.saturating_add(1)) {
            let text = match heard {
                Heard::Text(text) => text.clone(),
                Heard::Choice { title, .. } => title.clone(),
                Heard::Other => text.clone(),
            };
            self.hand_over(Reason::NotUnderstood { text });
        } else {
            self.session.misses = self.session.misses.saturating_add(1);
            self.effects.push(Effect::Say(Body::text(self.fill(again))));
        }
    }

    fn miss(&mut self, heard: &Heard) {
        if self.context.requested || self.session.quiet_until.is_some_and(|until| self.context.now < until) {
            return;
        }
        self.session.misses = self.session.misses.saturating_add(1);
        if self.gives_up(self.session.misses) {
            let text = match heard {
                Heard::Text(text) => text.clone(),
                Heard::Choice { title, .. } => title.clone(),
                Heard::Other => "a message without text".into(),
            };
            return self.hand_over(Reason::NotUnderstood { text });
        }
        let fallback = self.fill(&self.flow.fallback);
        self.effects.push(Effect::Say(Body::text(fallback)));
        if let Some(name) = self.session.waiting.clone() {
            self.go(Some(name));
        }
    }

    /// Whether the bot asks for a person itself after so many messages that it does not understand.
    fn gives_up(&self, misses: u8) -> bool {
        self.asking.misses.is_some_and(|allowed| misses >= allowed)
    }

    fn hand_over(&mut self, reason: Reason) {
        self.session.misses = 0;
        self.session.waiting = None;
        if !self.context.requested {
            self.effects.push(Effect::AskForPerson(reason));
        }
        let away = self.context.away.as_ref().unwrap_or(&self.flow.nobody);
        let words = if self.context.staffed { &self.flow.handover } else { away };
        self.effects.push(Effect::Say(Body::text(self.fill(words))));
    }

    fn go(&mut self, mut next: Option<String>) {
        for _ in 0..LONGEST_RUN {
            let Some(name) = next.take() else {
                self.session.waiting = None;
                return;
            };
            let Some(step) = self.flow.steps.get(&name) else {
                self.session.waiting = None;
                return;
            };
            match step {
                Step::Say { text, next: then } => {
                    let text = self.fill(text);
                    self.effects.push(Effect::Say(Body::text(text)));
                    next.clone_from(then);
                }
                Step::Menu { text, options } => {
                    let buttons = options
                        .iter()
                        .map(|o| Choice { id: o.id.clone(), title: o.title.clone(), description: None })
                        .collect();
                    self.effects.push(Effect::Say(Body::Buttons { text: self.fill(text), buttons }));
                    self.session.waiting = Some(name);
                    return;
                }
                Step::Choose { text, button, sections } => {
                    self.effects.push(Effect::Say(Body::List {
                        text: self.fill(text),
                        button: button.clone(),
                        sections: sections.clone(),
                    }));
                    self.session.waiting = Some(name);
                    return;
                }
                Step::Ask { text, attribute, .. } => {
                    self.effects.push(Effect::Say(Body::text(self.fill(text))));
                    self.effects.push(Effect::Asked(attribute.replace('_', " ")));
                    self.session.waiting = Some(name);
                    return;
                }
                Step::Branch { attribute, equals, then, otherwise } => {
                    let value = self.value(attribute);
                    let yes = match equals {
                        Some(wanted) => value.is_some_and(|value| plain(&value) == plain(wanted)),
                        None => value.is_some(),
                    };
                    next = Some(if yes { then.clone() } else { otherwise.clone() });
                }
                Step::Person { reason } => return self.hand_over(Reason::Flow { text: reason.clone() }),
            }
        }
        self.session.waiting = None;
    }

    /// An attribute's value, this run's own answers included.
    fn value(&self, key: &str) -> Option<String> {
        let fresh = self.session.collected.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        fresh.or_else(|| self.context.attributes.get(key).cloned())
    }

    fn fill(&self, words: &str) -> String {
        fill(words, |key| match key {
            "name" | "first_name" => self.context.value(key),
            key => self.value(key).or_else(|| self.context.value(key)),
        })
    }
}

impl Context {
    /// Puts `{name}`, when somebody will be there, and attributes by key into words.
    pub fn fill(&self, words: &str) -> String {
        fill(words, |key| self.value(key))
    }

    fn value(&self, key: &str) -> Option<String> {
        if matches!(key, "name" | "first_name") {
            return self.name.as_deref().and_then(first_name);
        }
        let told = self.outlook.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        told.filter(|value| !value.is_empty()).or_else(|| self.attributes.get(key)).cloned()
    }
}

impl Expects {
    /// The answer in the form it is stored, or `None` when it is not of this kind.
    fn read(self, text: &str) -> Option<String> {
        let text = text.trim();
        match self {
            Self::Text => (!text.is_empty() && text.chars().count() <= 500).then(|| text.to_owned()),
            Self::Email => {
                let (user, host) = text.rsplit_once('@')?;
                let fits = !user.is_empty()
                    && text.len() <= 254
                    && !text.contains(char::is_whitespace)
                    && host.contains('.')
                    && !host.starts_with('.')
                    && !host.ends_with('.');
                fits.then(|| text.to_owned())
            }
            Self::OrderNumber => {
                let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                (3..=20).contains(&digits.len()).then_some(digits)
            }
        }
    }
}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
