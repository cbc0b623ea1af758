//! The field in which a value is typed or chosen, by its kind.

use domain::attribute::{Kind, Shape};
use leptos::prelude::*;

/// Binds what is typed; `label` names it for who does not see it.
#[component]
pub fn Control(shape: Shape, typed: RwSignal<String>, label: String, describes: String) -> impl IntoView {
    let value = move || typed.get();
    let Shape { kind, mut options, .. } = shape;
    match kind {
        Kind::LongText => view! {
            <textarea rows="4" maxlength="5000" aria-label=label aria-describedby=describes prop:value=value
                on:input=move |event| typed.set(event_target_value(&event))></textarea>
        }
        .into_any(),
        Kind::OneOf | Kind::YesNo => {
            if kind == Kind::YesNo {
                options = vec!["yes".into(), "no".into()];
            }
            // A value from before the options changed can be kept.
            let known = typed.get_untracked();
            if !known.is_empty() && !options.contains(&known) {
                options.push(known);
            }
            let option = move |word: String| {
                let shown = if kind == Kind::YesNo { shown(&word) } else { word.clone() };
                let chosen = word.clone();
                view! { <option value=word prop:selected=move || typed.with(|typed| *typed == chosen)>{shown}</option> }
            };
            view! {
                <select aria-label=label aria-describedby=describes on:change=move |event| typed.set(event_target_value(&event))>
                    <option value="" prop:selected=move || typed.with(String::is_empty)>"–"</option>
                    {options.into_iter().map(option).collect_view()}
                </select>
            }
            .into_any()
        }
        Kind::ManyOf => {
            let option = move |word: String| {
                let (has, toggled) = (word.clone(), word.clone());
                view! {
                    <label class="choice">
                        <input type="checkbox" prop:checked=move || typed.with(|typed| typed.lines().any(|line| line == has))
                            on:change=move |_| typed.update(|typed| toggle(typed, &toggled)) />
                        <span>{word}</span>
                    </label>
                }
            };
            view! {
                <div class="options" role="group" aria-label=label aria-describedby=describes>
                    {options.into_iter().map(option).collect_view()}
                </div>
            }
            .into_any()
        }
        _ => {
            let (sort, keys) = match kind {
                Kind::Date => ("date", "text"),
                Kind::Number | Kind::Money => ("text", "decimal"),
                Kind::Email => ("text", "email"),
                Kind::Link => ("text", "url"),
                Kind::Phone => ("text", "tel"),
                _ => ("text", "text"),
            };
            // What the bot heard and what is no date has to be read to be corrected.
            let typed_date = typed.with_untracked(|typed| typed.is_empty() || shape_of_date(typed));
            let sort = if typed_date { sort } else { "text" };
            view! {
                <input type=sort inputmode=keys autocomplete="off" spellcheck="false" maxlength="2000" aria-label=label
                    aria-describedby=describes prop:value=value on:input=move |event| typed.set(event_target_value(&event)) />
            }
            .into_any()
        }
    }
}

fn shown(word: &str) -> String {
    if word == "yes" {
        "Yes".into()
    } else if word == "no" {
        "No".into()
    } else {
        word.into()
    }
}

fn shape_of_date(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// One option a line.
fn toggle(typed: &mut String, option: &str) {
    let mut lines: Vec<&str> = typed.lines().filter(|line| *line != option).collect();
    if !typed.lines().any(|line| line == option) {
        lines.push(option);
    }
    *typed = lines.join("\n");
}
