//! The field in which a value is typed or chosen, by its kind.

use domain::attribute::{Kind, Shape};
use leptos::html;
use leptos::prelude::*;

/// Binds what is typed; `label` names it for who does not see it.
#[component]
pub fn Control(shape: Shape, typed: RwSignal<String>, label: String, describes: String) -> impl IntoView {
    let Shape { kind, mut options, .. } = shape;
    match kind {
        Kind::LongText => view! {
            <textarea rows="4" maxlength="5000" aria-label=label aria-describedby=describes prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))></textarea>
        }
        .into_any(),
        Kind::OneOf | Kind::YesNo => {
            if kind == Kind::YesNo {
                options = vec!["yes".into(), "no".into()];
            }
            // A value from before the options changed can be kept.
            let known = typed.get_untracked();
            let old = (!known.is_empty() && !options.contains(&known)).then_some(known);
            options.extend(old.clone());
            let option = move |word: String| {
                let shown = match kind {
                    Kind::YesNo => shown(&word),
                    _ if old.as_ref() == Some(&word) => format!("{word} ({GONE})"),
                    _ => word.clone(),
                };
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
            // What is not on the list any more is seen, to be taken off.
            let old = typed.with_untracked(|typed| {
                let gone = typed.lines().filter(|line| !line.is_empty() && !options.iter().any(|option| option == line));
                gone.map(str::to_owned).collect::<Vec<_>>()
            });
            let option = move |(word, gone): (String, bool)| {
                let (has, toggled) = (word.clone(), word.clone());
                view! {
                    <label class="choice">
                        <input type="checkbox" prop:checked=move || typed.with(|typed| typed.lines().any(|line| line == has))
                            on:change=move |_| typed.update(|typed| toggle(typed, &toggled)) />
                        <span>{word}{gone.then(|| view! { " "<small>{GONE}</small> })}</span>
                    </label>
                }
            };
            let old = old.into_iter().map(|word| (word, true));
            view! {
                <div class="options" role="group" aria-label=label aria-describedby=describes>
                    {options.into_iter().map(|word| (word, false)).chain(old).map(option).collect_view()}
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
            let input = NodeRef::<html::Input>::new();
            // Only what the field does not have itself: set to nothing, a date would lose the parts that are typed.
            Effect::new(move |_| {
                let value = typed.get();
                if let Some(input) = input.get()
                    && input.value() != value
                {
                    input.set_value(&value);
                }
            });
            view! {
                <input node_ref=input type=sort inputmode=keys autocomplete="off" spellcheck="false" maxlength="2000" aria-label=label
                    aria-describedby=describes prop:value=typed.get_untracked() on:input=move |event| typed.set(event_target_value(&event)) />
            }
            .into_any()
        }
    }
}

const GONE: &str = "no longer offered";

/// Reads what is typed in the control that `describes` belongs to.
///
/// # Errors
/// A sentence for the person who typed it.
pub fn read(shape: &Shape, typed: &str, describes: &str) -> Result<String, String> {
    if half_a_date(describes) {
        return Err("Complete the date, or empty the field.".into());
    }
    shape.parse(typed).map_err(|why| {
        let gone = typed.lines().find(|line| shape.kind == Kind::ManyOf && shape.parse(line).is_err());
        gone.map_or(why, |gone| format!("“{gone}” is {GONE}. Take it off, then save."))
    })
}

/// Whether a part of a date stands there, or a day that there is not: the browser tells of nothing typed then.
pub(super) fn half_a_date(describes: &str) -> bool {
    let half = format!("input[type=date][aria-describedby=\"{describes}\"]:invalid");
    document().query_selector(&half).is_ok_and(|found| found.is_some())
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
