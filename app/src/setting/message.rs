//! A message that is said by itself: whether, what, and how it looks to a customer.

use super::draft::Draft;
use super::field::{Problem, Switch};
use domain::automatic::Welcomes;
use domain::flow::fill;
use domain::setting::Settings;
use leptos::prelude::*;

/// What may stand in a text.
const BLANKS: [&str; 4] = ["first_name", "opens", "opens_date", "opens_time"];

/// Where a message's switch and its text are kept.
pub(super) type Parts = (fn(&mut Settings) -> &mut bool, fn(&mut Settings) -> &mut String);

/// One message's card.
#[component]
pub(super) fn MessageCard(
    field: &'static str,
    switch: &'static str,
    about: &'static str,
    parts: Parts,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let draft = expect_context::<Draft>();
    let (on, of) = parts;
    let shown = Memo::new(move |_| draft.mine.with(|mine| *on(&mut mine.clone())));
    let text = Memo::new(move |_| draft.mine.with(|mine| of(&mut mine.clone()).clone()));
    let typed = move |event| draft.mine.update(|mine| *of(mine) = event_target_value(&event));
    let problem = draft.problem(move || field.to_owned());
    let example = move || {
        let value = |key: &str| match key {
            "first_name" | "name" => Some("Maria".to_owned()),
            "opens" => Some("tomorrow at 09:00".into()),
            "opens_date" => Some("2026-06-02".into()),
            "opens_time" => Some("09:00".into()),
            key => Some(format!("‹{}›", key.replace('_', " "))),
        };
        text.with(|text| fill(text, value))
    };
    let chip = move |key: &'static str| {
        let blank = format!("{{{key}}}");
        let insert = blank.clone();
        let add = move |_| draft.mine.update(|mine| of(mine).push_str(&insert));
        view! { <button type="button" class="chip" on:click=add>{blank}</button> }
    };
    let chips = BLANKS.map(chip).collect_view();
    view! {
        <div class="message-card" data-on=move || shown.get().to_string() role="group" aria-label=switch>
            <Switch label=switch of=on />
            <p class="dim">{about}</p>
            <div class="inner" hidden=move || !shown.get()>
                {children.map(|children| children())}
                <label>"Text"
                    <textarea rows="3" prop:value=move || text.get() on:input=typed
                        aria-invalid=move || problem.get().is_some().to_string()></textarea>
                    <Problem of=problem />
                </label>
                <div class="chips" role="group" aria-label="Insert a variable">{chips}</div>
                <div class="phone-example">
                    <small>"A customer reads"</small>
                    <p class="said" role="note" aria-label="Preview" dir="auto">{example}</p>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// Whom the welcome is for.
#[component]
pub(super) fn WelcomesChoice() -> impl IntoView {
    let draft = expect_context::<Draft>();
    let to = Memo::new(move |_| draft.mine.with(|mine| mine.welcome_message.to));
    let choice = move |welcomes: Welcomes, words: &'static str| {
        let choose = move |_| draft.mine.update(|mine| mine.welcome_message.to = welcomes);
        view! {
            <label class="choice">
                <input type="radio" name="welcomes" prop:checked=move || to.get() == welcomes on:change=choose />
                <span>{words}</span>
            </label>
        }
    };
    view! {
        <fieldset class="radios">
            <legend>"Who is welcomed"</legend>
            {choice(Welcomes::Window, "Everybody, once in 24 hours of conversation")}
            {choice(Welcomes::First, "Only who writes for the first time ever")}
        </fieldset>
    }
    .into_any()
}
