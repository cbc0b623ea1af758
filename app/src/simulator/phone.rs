//! The chat as the customer's WhatsApp shows it.

use super::page::Simulator;
use super::wire::{Offers, PhoneMessage, Say};
use crate::ui::{For, Icon, Show};
use leptos::html;
use leptos::prelude::*;
use serde_json::Value;
use uuid::Uuid;

/// One customer's phone.
#[component]
pub fn Phone(customer: Uuid) -> impl IntoView {
    let simulator = expect_context::<Simulator>();
    let log = NodeRef::<html::Div>::new();
    let business =
        Memo::new(move |_| simulator.state.with(|s| s.as_ref().map(|s| s.business.clone()).unwrap_or_default()));
    let typing = Memo::new(move |_| simulator.state.with(|s| s.as_ref().is_some_and(|s| s.typing)));
    let messages =
        Memo::new(move |_| simulator.state.with(|s| s.as_ref().map(|s| s.messages.clone()).unwrap_or_default()));
    Effect::new(move |_| {
        messages.track();
        typing.track();
        request_animation_frame(move || {
            if let Some(Some(log)) = log.try_get_untracked() {
                log.set_scroll_top(log.scroll_height());
            }
        });
    });
    let offers = move |wanted: bool| {
        simulator.tell("POST", format!("/simulator/api/customers/{customer}/offers"), Offers { wanted });
    };
    let below = move || if typing.get() { "typing …" } else { "business account" };
    view! {
        <header>
            <a class="back" href="/simulator" aria-label="Back to the customers"><Icon name="back" /></a>
            <span class="logo" aria-hidden="true">{move || business.with(|name| name.chars().next().map(String::from))}</span>
            <div><b>{business}</b><small role="status">{below}</small></div>
            <span class="offers" role="group" aria-label="What the customer chooses in WhatsApp about offers">
                <button type="button" on:click=move |_| offers(false)>"Stop offers"</button>
                <button type="button" on:click=move |_| offers(true)>"Resume offers"</button>
            </span>
        </header>
        <div class="phone-log" role="log" aria-label="Chat" node_ref=log>
            <For each=move || messages.get() key=|message| (message.id.clone(), message.status.clone()) let:message>
                <PhoneBubble message customer />
            </For>
            <Show when=move || typing.get()><p class="dots" aria-hidden="true"><i></i><i></i><i></i></p></Show>
        </div>
        <Keyboard customer />
    }
    .into_any()
}

fn say(simulator: Simulator, customer: Uuid, what: Say) {
    simulator.tell("POST", format!("/simulator/api/customers/{customer}/messages"), what);
}

#[component]
fn PhoneBubble(message: PhoneMessage, customer: Uuid) -> impl IntoView {
    let simulator = expect_context::<Simulator>();
    let PhoneMessage { id, from_customer, body, status, at } = message;
    let ticks = from_customer.then_some(if status == "sent" { "✓" } else { "✓✓" });
    let choices = choices(&body);
    let label = body["interactive"]["action"]["button"].as_str().map(str::to_owned);
    let tap = move |choice: String, message: String| say(simulator, customer, Say::Tap { message, choice });
    let buttons = choices
        .into_iter()
        .map(|(choice, title, description)| {
            let message = id.clone();
            view! {
                <button type="button" data-choice=choice.clone() on:click=move |_| tap(choice.clone(), message.clone())>
                    {title}{description.map(|text| view! { <small>{text}</small> })}
                </button>
            }
        })
        .collect_view();
    let taps = match label {
        Some(label) => view! { <details><summary>{label}</summary>{buttons}</details> }.into_any(),
        None => buttons.into_any(),
    };
    view! {
        <div class="phone-bubble" data-mine=from_customer.to_string()>
            {(!from_customer).then(|| file(&body))}
            <p dir="auto">{words(&body, from_customer)}</p>
            <small class="meta" data-status=status.clone()>{at.format("%H:%M").to_string()}" "<span>{ticks}</span></small>
            <div class="taps">{taps}</div>
        </div>
    }
    .into_any()
}

/// A file that the business has sent: a picture is shown, of others the name.
fn file(body: &Value) -> AnyView {
    let header = &body["interactive"]["header"];
    let body = if header.is_object() { header } else { body };
    let kind = body["type"].as_str().unwrap_or_default();
    let object = &body[kind];
    let Some(address) = object["id"].as_str().map(|id| format!("/simulator/api/media/{id}")) else {
        return ().into_any();
    };
    match kind {
        "image" => view! { <img src=address alt="Photo from the business" /> }.into_any(),
        "video" => {
            view! { <video controls preload="metadata" src=address aria-label="Video from the business"></video> }
                .into_any()
        }
        "audio" => {
            view! { <audio controls preload="metadata" src=address aria-label="Audio from the business"></audio> }
                .into_any()
        }
        "document" => {
            let name = object["filename"].as_str().unwrap_or("Document").to_owned();
            let shown = name.clone();
            view! { <a class="phone-file" href=address download=name rel="external">{shown}</a> }.into_any()
        }
        _ => ().into_any(),
    }
}

fn words(body: &Value, from_customer: bool) -> String {
    let interactive = &body["interactive"];
    let found = [
        &body["text"]["body"],
        &interactive["body"]["text"],
        &interactive["button_reply"]["title"],
        &interactive["list_reply"]["title"],
        &body["button"]["text"],
        &body["image"]["caption"],
        &body["video"]["caption"],
        &body["document"]["caption"],
    ];
    found.into_iter().find_map(Value::as_str).map_or_else(
        || match body["type"].as_str().unwrap_or("message") {
            // Shown above.
            "image" | "video" | "audio" | "document" if !from_customer => String::new(),
            kind => format!("({kind})"),
        },
        str::to_owned,
    )
}

/// What can be tapped: id, title, description.
fn choices(body: &Value) -> Vec<(String, String, Option<String>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let action = &body["interactive"]["action"];
    let buttons = action["buttons"].as_array().into_iter().flatten().map(|button| &button["reply"]);
    let sections = action["sections"].as_array().into_iter().flatten();
    let rows = sections.filter_map(|section| section["rows"].as_array()).flatten();
    buttons
        .chain(rows)
        .map(|choice| (text(&choice["id"]), text(&choice["title"]), choice["description"].as_str().map(str::to_owned)))
        .collect()
}

#[component]
fn Keyboard(customer: Uuid) -> impl IntoView {
    let simulator = expect_context::<Simulator>();
    let text = RwSignal::new(String::new());
    let send = move || {
        let words = text.get_untracked();
        if !words.trim().is_empty() {
            say(simulator, customer, Say::Text(words));
            text.set(String::new());
        }
    };
    let photo = move |_| {
        let image = serde_json::json!({"type": "image", "image": {"id": "1037543291543636", "mime_type": "image/jpeg",
            "sha256": "4b4qzLcPqkHH3KgZmfgV5EJm0MZ4S0kcM6sPqpI4yvM=", "caption": "the parcel"}});
        say(simulator, customer, Say::Raw(image));
    };
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            send();
        }
    };
    view! {
        <form class="keyboard" on:submit=move |event| { event.prevent_default(); send() }>
            <button type="button" class="quiet" aria-label="Send a photo" title="Send a photo" on:click=photo>"📷"</button>
            <textarea rows="1" maxlength="4096" aria-label="Write as the customer" placeholder="Message" data-say=""
                prop:value=move || text.get() on:input=move |event| text.set(event_target_value(&event)) on:keydown=pressed></textarea>
            <button class="button primary">"Send"</button>
        </form>
    }
    .into_any()
}
