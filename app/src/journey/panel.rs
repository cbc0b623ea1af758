//! The timeline: by day and by handling, filtered on the server; a step leads to its place in the thread.

use super::api;
use crate::desk::Desk;
use crate::ui::pages::take;
use crate::ui::time::{Style, Time, date};
use chrono::Datelike;
use domain::chat::MemberName;
use domain::journey::{Happening, JourneyStep, Part, StepKey, duration};
use domain::{ContactId, EpisodeId, Error, MemberId};
use leptos::prelude::*;
use leptos::task::spawn_local;

const PARTS: &[(&str, &str)] = &[
    ("", "Everything"),
    ("messages", "Messages & windows"),
    ("bot", "Bot"),
    ("requests", "Requests & agents"),
    ("profile", "Profile"),
    ("tags", "Tags"),
    ("attributes", "Attributes"),
    ("merges", "Merges"),
    ("consent", "Opt-ins and blocks"),
    ("system", "System"),
];
const DOERS: &[(&str, &str)] = &[
    ("", "By everybody"),
    ("customer", "By the customer"),
    ("bot", "By the bot"),
    ("member", "By agents"),
    ("api", "By API"),
    ("clock", "By Baton"),
];

/// Whether the steps are what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stand {
    There,
    Loading,
    /// Why they could not be loaded.
    Failed(String),
}

/// The timeline of the open chat's customer.
#[component]
pub fn Journey() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (contact, first, older) = of(desk);
    let whose = RwSignal::new(contact);
    let steps = RwSignal::new(first);
    let more = RwSignal::new(older);
    // What is shown, and by whom: the words of the two lists, or a member's id.
    let filter = RwSignal::new((String::new(), String::new()));
    let stand = RwSignal::new(Stand::There);
    // The list is drawn anew with it.
    let stands = move |now: Stand| {
        if stand.with_untracked(|stand| *stand != now) {
            stand.set(now);
        }
    };
    let load = move |before: Option<StepKey>| {
        let Some(chat) = untrack(|| desk.chat()) else { return };
        let (contact, (part, doer)) = (whose.get_untracked(), filter.get_untracked());
        spawn_local(async move {
            let answer = api::journey_page(chat, part.clone(), doer.clone(), before).await;
            if whose.get_untracked() != contact || filter.get_untracked() != (part, doer) {
                return;
            }
            match answer {
                Ok((page, older)) => {
                    steps.update(|steps| {
                        if take(steps, page, before, JourneyStep::key) {
                            more.set(older);
                        }
                    });
                    stands(Stand::There);
                }
                Err(error) if stand.get_untracked() != Stand::There && error.0 != Error::SignedOut => {
                    stands(Stand::Failed(error.to_string()));
                }
                Err(error) => desk.failed(&error),
            }
        });
    };
    // Nothing of what was shown answers the new question.
    let anew = move || {
        steps.set(Vec::new());
        more.set(false);
        stands(Stand::Loading);
        load(None);
    };
    // The profile is loaded again with every change; pages and filter stay.
    Effect::new(move |again: Option<()>| {
        desk.profile.track();
        if again.is_none() {
            return;
        }
        let (contact, page, older) = of(desk);
        let other = whose.get_untracked() != contact;
        if other {
            // Another customer may have nothing of that member's.
            filter.update(|filter| {
                if filter.1.parse::<MemberId>().is_ok() {
                    filter.1.clear();
                }
            });
            whose.set(contact);
            steps.set(Vec::new());
            more.set(false);
        }
        if filter.with_untracked(|(part, doer)| part.is_empty() && doer.is_empty()) {
            steps.update(|steps| {
                if take(steps, page, None, JourneyStep::key) {
                    more.set(older);
                }
            });
            stands(Stand::There);
        } else if contact.is_some() {
            if other { anew() } else { load(None) }
        }
    });
    let by_whom = move |word: String, doer: bool| {
        filter.update(|filter| if doer { filter.1 = word } else { filter.0 = word });
        anew();
    };
    let actors = move || {
        let option = |one: &MemberName| option(one.id.to_string(), format!("By {}", one.name));
        desk.profile.with(|profile| profile.iter().flat_map(|profile| &profile.actors).map(option).collect::<Vec<_>>())
    };
    let files = desk.me.with_untracked(|me| me.member.role.supervises()).then(|| {
        ["csv", "json"].map(|kind| {
            let href = move || desk.chat().map(|chat| format!("/export/journey/{chat}.{kind}")).unwrap_or_default();
            view! { <a href=href download="" rel="external" title="The whole journey as a file">{kind}</a> }.into_any()
        })
    });
    view! {
        <section class="timeline" aria-label="Journey" hidden=move || whose.get().is_none()>
            <h2>"Journey"<span class="export">{files}</span></h2>
            <div class="filters">
                <select aria-label="What is shown" autocomplete="off" on:change=move |event| by_whom(event_target_value(&event), false)>
                    {options(PARTS)}
                </select>
                <select aria-label="By whom" autocomplete="off" prop:value=move || filter.with(|filter| filter.1.clone())
                    on:change=move |event| by_whom(event_target_value(&event), true)>{options(DOERS)}{actors}</select>
            </div>
            <ol class="journey" aria-busy=move || (stand.get() == Stand::Loading).to_string()>
                {move || stand.with(|stand| steps.with(|steps| shown(desk, steps, stand)))}
            </ol>
            {move || failure(stand.get(), anew)}
            <button type="button" class="link" hidden=move || !more.get()
                on:click=move |_| load(steps.with_untracked(|steps| steps.last().map(JourneyStep::key)))>"Older"</button>
        </section>
    }
    .into_any()
}

/// Whose profile is open, and the newest page of their journey, unfiltered.
fn of(desk: Desk) -> (Option<ContactId>, Vec<JourneyStep>, bool) {
    desk.profile.with_untracked(|profile| match profile {
        Some(profile) => (Some(profile.contact), profile.journey.clone(), profile.older),
        None => (None, Vec::new(), false),
    })
}

fn options(all: &[(&str, &str)]) -> Vec<AnyView> {
    all.iter().map(|(word, title)| option((*word).to_owned(), (*title).to_owned())).collect()
}

fn option(word: String, title: String) -> AnyView {
    view! { <option value=word>{title}</option> }.into_any()
}

fn failure(stand: Stand, again: impl Fn() + 'static) -> Option<AnyView> {
    let Stand::Failed(why) = stand else { return None };
    Some(
        view! {
            <p class="failure" role="alert">
                {why}" "<button type="button" class="link" on:click=move |_| again()>"Try again"</button>
            </p>
        }
        .into_any(),
    )
}

/// Days, heads of handlings, and steps; where there are none, why.
fn shown(desk: Desk, steps: &[JourneyStep], stand: &Stand) -> Vec<AnyView> {
    let mut items = Vec::new();
    let within = handlings(steps);
    let (mut day, mut episode) = (None, None);
    for (place, step) in steps.iter().enumerate() {
        let at = step.at;
        let local = desk.clock.local(at);
        if day != Some((local.year(), local.ordinal())) {
            day = Some((local.year(), local.ordinal()));
            let words = move || date(desk.clock.local(at), desk.clock.local(desk.clock.now.get()));
            items.push(view! { <li class="heading">{words}</li> }.into_any());
        }
        if within[place] != episode {
            episode = within[place];
            if episode.is_some() {
                items.push(view! { <li class="episode">{handling(step)}</li> }.into_any());
            }
        }
        let ends = episode.is_some() && within.get(place + 1).is_none_or(|next| *next != episode);
        items.push(one(desk, step, (episode.is_some(), ends)));
    }
    let instead = match stand {
        Stand::There => Some("Nothing of this kind."),
        Stand::Loading => Some("Loading …"),
        Stand::Failed(_) => None,
    };
    if items.is_empty()
        && let Some(instead) = instead
    {
        items.push(view! { <li class="heading">{instead}</li> }.into_any());
    }
    items
}

/// The handling that each step is shown in: one that is of no chat (a merged tag, an import) stands within the handling
/// that goes on around it.
fn handlings(steps: &[JourneyStep]) -> Vec<Option<EpisodeId>> {
    let mut within = vec![None; steps.len()];
    let mut before = None;
    for (place, step) in steps.iter().enumerate().rev() {
        if step.chat.is_some() {
            before = step.episode;
        }
        within[place] = before;
    }
    let mut after = None;
    for (place, step) in steps.iter().enumerate() {
        if step.chat.is_some() {
            after = step.episode;
        } else if within[place] != after {
            within[place] = None;
        }
    }
    within
}

fn handling(step: &JourneyStep) -> String {
    let end = match step.handled {
        Some(handled) => format!("handled in {}", duration(handled)),
        None if step.open => "in progress".into(),
        None => "nobody came".into(),
    };
    match step.waited {
        Some(waited) => format!("waited {} · {end}", duration(waited)),
        None => end,
    }
}

fn one(desk: Desk, step: &JourneyStep, (within, ends): (bool, bool)) -> AnyView {
    let more = match (&step.what, step.waited) {
        (Happening::Requested { .. }, Some(waited)) => format!("waited {}", duration(waited)),
        (what, _) => what.note().map(|note| format!("“{note}”")).unwrap_or_default(),
    };
    let (chat, seq) = (step.chat, step.seq);
    let go = move |_| {
        // What happened in no chat has its place in the open one.
        if let Some((chat, seq)) = chat.or_else(|| untrack(|| desk.chat())).zip(seq) {
            desk.jump(chat, seq);
        }
    };
    view! {
        <li data-kind=mark(step) data-within=within.to_string() data-end=ends.to_string()>
            <button type="button" class="step" disabled=seq.is_none() on:click=go>
                <Time at=step.at style=Style::Clock />
                <span dir="auto">{step.what.sentence(&step.by)}</span>
                <small dir="auto">{more}</small>
            </button>
        </li>
    }
    .into_any()
}

/// The colour of a step.
fn mark(step: &JourneyStep) -> &'static str {
    match &step.what {
        Happening::Requested { .. } | Happening::Missed | Happening::GivenBack { .. } => "wait",
        Happening::Noted => "note",
        what => match what.part() {
            Part::Requests => "agent",
            Part::Bot => "bot",
            _ => "plain",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Happening, JourneyStep, handlings};
    use domain::journey::Doer;
    use domain::{ChatId, EpisodeId, JourneyId};

    fn step(chat: bool, episode: Option<EpisodeId>) -> JourneyStep {
        let at = chrono::DateTime::UNIX_EPOCH;
        let chat = chat.then(|| ChatId::at(at));
        let (waited, handled, open) = (None, None, false);
        let (id, what, by) = (JourneyId::at(at), Happening::Added, Doer::Clock);
        JourneyStep { id, what, by, at, chat, seq: None, episode, waited, handled, open }
    }

    #[test]
    fn what_is_of_no_chat_breaks_no_handling_and_belongs_to_none_outside_of_it() {
        let at = chrono::DateTime::UNIX_EPOCH;
        let (one, other) = (Some(EpisodeId::at(at)), Some(EpisodeId::at(at)));
        assert_ne!(one, other);
        let steps = [
            step(false, None),
            step(true, one),
            step(false, None),
            step(false, None),
            step(true, one),
            step(false, None),
            step(true, other),
            step(true, None),
            step(false, None),
        ];
        assert_eq!(handlings(&steps), [None, one, one, one, one, None, other, None, None]);
    }
}
