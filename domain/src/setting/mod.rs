//! What a workspace may decide for itself, and what holds where it has not.

mod merge;
#[cfg(feature = "postgres")]
pub mod store;
mod words;

pub use merge::{Merged, merge, told, with};
pub use words::{change, title};

use crate::automatic::{Away, Delayed, Welcome, text_problem};
use crate::flow::Asking;
use crate::hours::Hours;
use crate::{Error, Result};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The live chat's settings; lengths of time in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How long a directed request waits for its target before it opens to everyone.
    pub accept_within: i64,
    /// After how long without a key or a click a member counts as Away.
    pub away_after: i64,
    /// How long a customer waits for an agent who is Away before the chat waits for anyone.
    pub give_back_after: i64,
    /// How long after a Resolve a text that the bot does not understand stays unanswered: “thanks!” calls for nobody.
    pub quiet_after: i64,
    /// Whether supervisors may look on while an agent holds a chat.
    pub supervisors_watch: bool,
    /// What counts as asking for a person.
    pub asking: Asking,
    /// When people answer.
    pub hours: Hours,
    /// Said to whoever begins to write.
    pub welcome_message: Welcome,
    /// Said to whoever asks for a person while nobody is there.
    pub away_message: Away,
    /// Said to whoever waits long for an answer.
    pub delayed_message: Delayed,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            accept_within: 120,
            away_after: 900,
            give_back_after: 300,
            quiet_after: 600,
            supervisors_watch: true,
            asking: Asking::default(),
            hours: Hours::default(),
            welcome_message: Welcome::default(),
            away_message: Away::default(),
            delayed_message: Delayed::default(),
        }
    }
}

impl Settings {
    /// What does not fit: the field, and why. Each in the order of the page.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let mut add = |field: &str, why: Option<String>| problems.extend(why.map(|why| (field.to_owned(), why)));
        let within =
            |value: i64, least: i64, most: i64, says: &str| (!(least..=most).contains(&value)).then(|| says.to_owned());
        let (accept, away, back) = (self.accept_within, self.away_after, self.give_back_after);
        add("accept_within", within(accept, 10, 3600, "Accept within: between 10 seconds and an hour."));
        add("away_after", within(away, 60, 86_400, "Away after: between a minute and a day."));
        add("give_back_after", within(back, 0, 86_400, "Give back after: a day at most."));
        add("quiet_after", within(self.quiet_after, 0, 86_400, "Quiet after a resolve: a day at most."));
        for (field, why) in self.asking.problems() {
            add(&format!("asking.{field}"), Some(why));
        }
        for (field, why) in self.hours.problems() {
            add(&field, Some(why));
        }
        let Self { welcome_message: welcome, away_message: away, delayed_message: delayed, .. } = self;
        add("welcome_message", text_problem(welcome.on, &welcome.text));
        add("away_message", text_problem(away.on, &away.text));
        add("delayed_message", text_problem(delayed.on, &delayed.text));
        let minutes = within(delayed.minutes, 1, 720, "After a long wait: between a minute and 12 hours.");
        add("delayed_minutes", minutes);
        problems
    }

    /// # Errors
    /// `Invalid` with the first value that makes no sense.
    pub fn check(&self) -> Result<()> {
        self.problems().into_iter().next().map_or(Ok(()), |(_, why)| Err(Error::Invalid(why)))
    }

    /// [`Self::accept_within`] as a length of time.
    pub fn accepting(&self) -> TimeDelta {
        TimeDelta::seconds(self.accept_within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_by_default_makes_sense_and_says_nothing_by_itself() {
        let settings = Settings::default();
        assert_eq!(settings.problems(), []);
        let off =
            [settings.welcome_message.on, settings.away_message.on, settings.delayed_message.on, settings.hours.on];
        assert_eq!(off, [false; 4]);
        assert_eq!(serde_json::from_str::<Settings>("{}").unwrap(), settings, "what is missing is the default");
    }

    #[test]
    fn each_problem_names_its_field() {
        let wrong = Settings {
            accept_within: 9,
            away_after: 86_401,
            give_back_after: -1,
            quiet_after: 86_401,
            asking: Asking { words: vec!["…".into()], misses: Some(10) },
            hours: Hours { zone: String::new(), ..Hours::default() },
            welcome_message: Welcome { on: true, text: " ".into(), ..Welcome::default() },
            away_message: Away { on: false, text: "x".repeat(2001) },
            delayed_message: Delayed { on: true, text: String::new(), minutes: 0 },
            ..Settings::default()
        };
        let fields: Vec<_> = wrong.problems().into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            [
                "accept_within",
                "away_after",
                "give_back_after",
                "quiet_after",
                "asking.words",
                "asking.misses",
                "zone",
                "welcome_message",
                "away_message",
                "delayed_message",
                "delayed_minutes",
            ]
        );
        assert_eq!(wrong.check(), Err(Error::Invalid("Accept within: between 10 seconds and an hour.".into())));
    }
}
