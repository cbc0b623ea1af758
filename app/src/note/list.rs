//! A note's words, and the latest notes in the profile.

use super::api;
use crate::desk::Desk;
use crate::ui::pages::take;
use crate::ui::time::{Style, Time};
use domain::ContactId;
use domain::chat::MemberName;
use domain::message::Message;
use domain::message::note::{NoteKey, pieces};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A note's words with its mentions.
#[component]
pub fn Words(text: String, mentions: Vec<MemberName>) -> impl IntoView {
    let me = expect_context::<Desk>().me.with_untracked(|me| me.member.id);
    let parts: Vec<AnyView> = pieces(&text, &mentions)
        .into_iter()
        .map(|(piece, member)| match member {
            Some(member) => {
                let mine = (member.id == me).to_string();
                view! { <b class="mention" data-me=mine>{piece.to_owned()}</b> }.into_any()
            }
            None => piece.to_owned().into_any(),
        })
        .collect();
    view! { <p class="words" dir="auto">{parts}</p> }.into_any()
}

/// The customer's notes, the latest first; each leads to its place.
#[component]
pub fn Notes() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (contact, first, older) = of(desk);
    let whose = RwSignal::new(contact);
    let notes = RwSignal::new(first);
    let more = RwSignal::new(older);
    // The profile is loaded again with every change; pages stay.
    Effect::new(move |again: Option<()>| {
        desk.profile.track();
        if again.is_none() {
            return;
        }
        let (contact, page, older) = of(desk);
        if whose.get_untracked() != contact {
            whose.set(contact);
            notes.set(Vec::new());
        }
        notes.update(|notes| {
            if take(notes, page, None, key) {
                more.set(older);
            }
        });
    });
    let load = move |_| {
        let last = notes.with_untracked(|notes| notes.last().map(key));
        let (Some(chat), Some(before)) = (untrack(|| desk.chat()), last) else { return };
        let contact = whose.get_untracked();
        spawn_local(async move {
            let answer = api::note_page(chat, before).await;
            if whose.try_get_untracked() != Some(contact) {
                return;
            }
            match answer {
                Ok((page, older)) => notes.update(|notes| {
                    if take(notes, page, Some(before), key) {
                        more.set(older);
                    }
                }),
                Err(error) => desk.failed(&error),
            }
        });
    };
    let list = move || {
        let lines = notes.get().into_iter().map(|note| {
            let by = note.member.map(|member| member.name).unwrap_or_default();
            view! {
                <li><button type="button" on:click=move |_| desk.jump(note.chat, note.seq)>
                    <span dir="auto">{note.body.line()}</span>
                    <small>{by}" · "<Time at=note.at style=Style::Full /></small>
                </button></li>
            }
            .into_any()
        });
        lines.collect::<Vec<AnyView>>()
    };
    view! {
        <h2 class="notes-title">"Notes"</h2>
        <ul class="notes">{list}</ul>
        <button type="button" class="link" hidden=move || !more.get() on:click=load>"Older notes"</button>
    }
    .into_any()
}

fn key(note: &Message) -> NoteKey {
    (note.at, note.id)
}

/// Whose profile is open, and their latest notes.
fn of(desk: Desk) -> (Option<ContactId>, Vec<Message>, bool) {
    desk.profile.with_untracked(|profile| match profile {
        Some(profile) => (Some(profile.contact), profile.notes.clone(), profile.older_notes),
        None => (None, Vec::new(), false),
    })
}
