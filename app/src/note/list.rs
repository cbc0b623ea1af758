//! A note's words, and the latest notes in the profile.

use crate::desk::Desk;
use crate::ui::time::{Style, Time};
use domain::chat::MemberName;
use domain::message::note::pieces;
use leptos::prelude::*;

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

/// The customer's latest notes; each leads to its place.
#[component]
pub fn Notes() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let list = move || {
        let notes = desk.profile.with(|profile| profile.as_ref().map(|p| p.notes.clone()).unwrap_or_default());
        let lines = notes.into_iter().map(|note| {
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
    }
    .into_any()
}
