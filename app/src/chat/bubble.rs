//! One message: who says it, what, when, and how far it has come.

use super::folded::Folded;
use super::state::Pending;
use crate::chat::api;
use crate::desk::Desk;
use crate::media::{Chip, Shown};
use crate::ui::Show;
use crate::ui::time::{Style, Time};
use domain::MessageId;
use domain::chat::Reason;
use domain::journey::{Doer, Happening};
use domain::message::{Author, Body, Delivery, Message, Placeholder};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A message, or a change of state between the messages.
#[component]
pub fn Bubble(message: Message, mine: bool) -> impl IntoView {
    if let Body::Happening { what, by } = &message.body {
        let words = sentence(what, by, &message);
        let other = if let Happening::Merged { contact, .. } = what { Some(*contact) } else { None };
        return view! {
            <p class="event" data-message=message.id.to_string() data-seq=message.seq data-author="system">
                <span>{words}" · "<Time at=message.at style=Style::Clock /></span>
            </p>
            {other.map(|contact| view! { <Folded contact /> })}
        }
        .into_any();
    }
    let note = matches!(message.body, Body::Note { .. });
    let by = match message.author {
        Author::Member if note => {
            let by = message.member.as_ref().filter(|_| !mine).map_or("you", |member| member.name.as_str());
            Some(format!("Note · {by}"))
        }
        Author::Bot => Some("Bot".to_owned()),
        Author::Campaign => Some("Campaign".to_owned()),
        Author::Api => Some("API".to_owned()),
        Author::Member if !mine => message.member.as_ref().map(|member| member.name.clone()),
        Author::Member | Author::Customer | Author::System => None,
    };
    let delivery = message.delivery;
    let trouble = view! { <Trouble message=message.clone() mine /> };
    let meta = view! {
        <span class="meta"><Time at=message.at style=Style::Clock />{delivery.map(|delivery| view! { <Ticks delivery /> })}</span>
    }
    .into_any();
    view! {
        <article class="bubble" data-message=message.id.to_string() data-seq=message.seq
            data-author=if note { "note" } else { message.author.as_str() } data-delivery=delivery.map(|delivery| delivery.as_str())>
            {by.map(|by| view! { <span class="by">{by}</span> })}
            <Content message=message.id body=message.body.clone() meta />
            {trouble}
        </article>
    }
    .into_any()
}

fn sentence(what: &Happening, by: &Doer, _message: &Message) -> String {
    let desk = expect_context::<Desk>();
    let me = desk.me.with_untracked(|me| me.member.id);
    let mine = matches!(by, Doer::Member { id, .. } if *id == me);
    match what {
        Happening::Requested { reason: Reason::Chose { title } } => format!("asked for a person · chose “{title}”"),
        what if mine => what.sentence(&Doer::Member { id: me, name: "You".into() }).replacen("You", "you", 1),
        what => what.sentence(by),
    }
}

/// What is said, with the time beside its words and whatever can be tapped below them.
#[component]
fn Content(message: MessageId, body: Body, meta: AnyView) -> impl IntoView {
    match body {
        Body::Text { text } => view! { <Words text />{meta} }.into_any(),
        Body::Reply { title, description, .. } => view! {
            <p class="words reply">{title}{description.map(|text| view! { <small>{text}</small> })}</p>
            {meta}
        }
        .into_any(),
        Body::Buttons { text, buttons } => view! {
            <Words text />
            {meta}
            {crate::reply::buttons(buttons.into_iter().map(|button| button.title).collect())}
        }
        .into_any(),
        Body::File { file, text, buttons } => view! {
            <Shown message file />
            {(!text.is_empty()).then(|| view! { <Words text /> })}
            {meta}
            {crate::reply::buttons(buttons.into_iter().map(|button| button.title).collect())}
        }
        .into_any(),
        Body::List { text, button, sections } => view! {
            <Words text />
            {meta}
            <ul class="choices" aria-label=button>
                {sections.into_iter().flat_map(|s| s.rows).map(|row| view! { <li>{row.title}</li> }).collect_view()}
            </ul>
        }
        .into_any(),
        Body::Placeholder(Placeholder { label, text, .. }) => view! {
            <p class="placeholder">{label}</p>
            {text.map(|text| view! { <Words text /> })}
            {meta}
        }
        .into_any(),
        Body::Note { text, mentions } => view! { <crate::note::Words text mentions />{meta} }.into_any(),
        Body::Happening { .. } => ().into_any(),
    }
}

/// Text with links that can be followed. Customers' words are text nodes and nothing else.
#[component]
fn Words(text: String) -> impl IntoView {
    let big = text.chars().count() <= 6
        && text.chars().all(|c| u32::from(c) >= 0x2600)
        && !text.is_empty()
        && !letters(&text);
    let parts = links(&text)
        .into_iter()
        .map(|(part, link)| {
            if link {
                let href = part.clone();
                view! { <a href=href target="_blank" rel="noopener noreferrer nofollow external">{part}</a> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect_view();
    view! { <p class="words" data-big=big.to_string() dir="auto">{parts}</p> }
}

fn letters(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Splits a text into words and web addresses.
fn links(text: &str) -> Vec<(String, bool)> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        let bare = word.trim_end_matches(['.', ',', ')', '!', '?', ';', ':']);
        if bare.len() > 10 && (bare.starts_with("https://") || bare.starts_with("http://")) {
            if !plain.is_empty() {
                parts.push((std::mem::take(&mut plain), false));
            }
            parts.push((bare.to_owned(), true));
            plain.push_str(&piece[bare.len()..]);
        } else {
            plain.push_str(piece);
        }
    }
    if !plain.is_empty() {
        parts.push((plain, false));
    }
    parts
}

/// The ticks that WhatsApp's users know, with words for those who hear them.
#[component]
fn Ticks(delivery: Delivery) -> impl IntoView {
    let (mark, words) = match delivery {
        Delivery::Queued => ("◷", "waits to be sent"),
        Delivery::Sending => ("◷", "is being sent"),
        Delivery::Sent => ("✓", "sent"),
        Delivery::Delivered => ("✓✓", "delivered"),
        Delivery::Read => ("✓✓", "read"),
        Delivery::Played => ("✓✓", "played"),
        Delivery::Failed => ("!", "failed"),
        Delivery::Unknown => ("?", "unknown"),
        Delivery::Withdrawn => ("⊘", "not sent"),
    };
    view! { <span class="ticks" data-delivery=delivery.as_str() role="img" aria-label=words title=words>{mark}</span> }
}

/// What went wrong, in plain words, and a way out.
#[component]
fn Trouble(message: Message, mine: bool) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let words = match message.delivery {
        Some(Delivery::Failed) => {
            message.failure.as_ref().map_or_else(|| "This was not sent.".to_owned(), |failure| failure.words.clone())
        }
        Some(Delivery::Unknown) => "We cannot tell whether this arrived.".into(),
        Some(Delivery::Withdrawn) => "Not sent: an agent took over.".into(),
        _ => return ().into_any(),
    };
    let again = mine && message.delivery != Some(Delivery::Withdrawn);
    let (chat, id) = (message.chat, message.id);
    let send_again = move |_| {
        spawn_local(async move {
            if let Err(error) = api::send_again(chat, id).await {
                desk.failed(&error);
            }
        });
    };
    view! {
        <span class="trouble" role="note">
            {words}
            <Show when=move || again>
                <button type="button" on:click=send_again>"Send again"</button>
            </Show>
        </span>
    }
    .into_any()
}

/// A message that the server has not confirmed yet.
#[component]
pub fn OnTheWay(pending: Pending) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let refused = pending.refused.clone();
    let (retry, back) = (pending.clone(), pending.clone());
    let again = move |_| {
        if let Some(chat) = desk.chat() {
            desk.post(chat, retry.clone());
        }
    };
    view! {
        <article class="bubble" data-message=pending.id.to_string() data-author="member" data-delivery="queued">
            {pending.file.clone().map(|file| view! { <Chip file plain=true /> })}
            <Words text=pending.text.clone() />
            <span class="meta"><Time at=pending.at style=Style::Clock /><Ticks delivery=Delivery::Queued /></span>
            {crate::reply::buttons(pending.buttons.clone())}
            {refused.map(|why| view! {
                <span class="trouble" role="alert">
                    {why}
                    <button type="button" on:click=again>"Try again"</button>
                    <button type="button" on:click=move |_| desk.edit_unsent(back.clone())>"Edit"</button>
                </span>
            })}
        </article>
    }
}

#[cfg(test)]
mod tests {
    use super::links;

    #[test]
    fn addresses_are_found_and_nothing_is_lost() {
        let text = "see https://example.com/a?b=c, or http://x.example/y. javascript:alert(1)";
        let parts = links(text);
        let found: Vec<_> = parts.iter().filter(|(_, link)| *link).map(|(part, _)| part.as_str()).collect();
        assert_eq!(found, ["https://example.com/a?b=c", "http://x.example/y"]);
        assert_eq!(parts.iter().map(|(part, _)| part.as_str()).collect::<String>(), text);
    }
}
