//! How WhatsApp misbehaves, and the clock.

use super::page::Simulator;
use super::wire::{Answering, Switches};
use leptos::prelude::*;

type Switch = (&'static str, fn(&Switches) -> bool, fn(&mut Switches, bool));

const SWITCHES: [Switch; 5] = [
    ("Every webhook twice", |s| s.duplicate, |s, on| s.duplicate = on),
    ("Newest webhook first", |s| s.reorder, |s, on| s.reorder = on),
    ("Several webhooks in one", |s| s.batch, |s, on| s.batch = on),
    ("Hold webhooks back", |s| s.hold, |s, on| s.hold = on),
    ("No profile in webhooks", |s| s.no_profile, |s, on| s.no_profile = on),
];

const ANSWERS: [(&str, &str, Answering); 7] = [
    ("normal", "at once", Answering::Normal),
    ("late", "two seconds late", Answering::Late),
    ("lost", "taken, but the answer is lost", Answering::Lost),
    ("down", "not at all", Answering::Down),
    ("130429", "rate limit (130429)", Answering::Refuse(130_429)),
    ("190", "token expired (190)", Answering::Refuse(190)),
    ("131026", "undeliverable (131026)", Answering::Refuse(131_026)),
];

/// The switches.
#[component]
pub fn SwitchBoard() -> impl IntoView {
    let simulator = expect_context::<Simulator>();
    let now = Memo::new(move |_| simulator.state.with(|s| s.as_ref().map(|s| s.switches.clone()).unwrap_or_default()));
    let waiting = Memo::new(move |_| simulator.state.with(|s| s.as_ref().map_or(0, |s| s.waiting)));
    let change = move |alter: &dyn Fn(&mut Switches)| {
        let mut switches = now.get_untracked();
        alter(&mut switches);
        simulator.tell("PUT", "/simulator/api/switches".into(), switches);
    };
    let answer = move |word: String| {
        if let Some((_, _, answering)) = ANSWERS.iter().find(|(name, _, _)| *name == word) {
            change(&|switches| switches.answering = *answering);
        }
    };
    let answering = move || {
        let current = now.with(|switches| switches.answering);
        ANSWERS.iter().find(|(_, _, answering)| *answering == current).map_or("normal", |(name, _, _)| *name)
    };
    let fails = move |word: String| change(&|switches| switches.fail_status = word.parse().ok());
    let failing = move || now.with(|switches| switches.fail_status.map(|code| code.to_string()).unwrap_or_default());
    let forward = move |hours: i64| {
        simulator.tell("POST", "/simulator/api/clock".into(), serde_json::json!({"seconds": hours * 3600}));
    };
    let clock = move || simulator.state.with(|s| s.as_ref().map(|s| s.now.format("%-d %b, %H:%M UTC").to_string()));
    view! {
        <aside class="switches" aria-label="WhatsApp">
            <h2>"Webhooks"</h2>
            {SWITCHES.map(|(label, is_on, set)| view! {
                <label class="choice">
                    <input type="checkbox" prop:checked=move || now.with(is_on)
                        on:change=move |event| { let on = event_target_checked(&event); change(&|s| set(s, on)) } />
                    <span>{label}</span>
                </label>
            }).collect_view()}
            <p class="dim">{move || match waiting.get() { 0 => "Baton has taken them all.".to_owned(), n => format!("{n} on the way to Baton") }}</p>
            <h2>"Baton's sends are answered"</h2>
            <select aria-label="How sends are answered" prop:value=answering on:change=move |event| answer(event_target_value(&event))>
                {ANSWERS.map(|(name, label, _)| view! { <option value=name>{label}</option> }).collect_view()}
            </select>
            <h2>"And then"</h2>
            <select aria-label="Whether sends fail later" prop:value=failing on:change=move |event| fails(event_target_value(&event))>
                <option value="">"are delivered"</option>
                <option value="131026">"fail: undeliverable (131026)"</option>
                <option value="131047">"fail: window closed (131047)"</option>
                <option value="131049">"fail: too many messages (131049)"</option>
            </select>
            <h2>"Clock"</h2>
            <p class="dim">{clock}</p>
            <div class="buttons">
                <button type="button" class="button small" on:click=move |_| forward(1)>"+1 hour"</button>
                <button type="button" class="button small" on:click=move |_| forward(23)>"+23 hours"</button>
                <button type="button" class="button small" on:click=move |_| forward(24)>"+24 hours"</button>
            </div>
        </aside>
    }
    .into_any()
}
