//! The settings page's fields.

use super::draft::Draft;
use domain::setting::Settings;
use leptos::prelude::*;

/// A whole number of some unit that a setting counts in its own.
#[component]
pub(super) fn Number(
    label: &'static str,
    about: &'static str,
    field: &'static str,
    /// How many of the setting's units make one of the field's.
    unit: i64,
    of: fn(&mut Settings) -> &mut i64,
) -> impl IntoView {
    let draft = expect_context::<Draft>();
    let value = Memo::new(move |_| draft.mine.with(|mine| *of(&mut mine.clone())));
    let text = RwSignal::new((value.get_untracked() / unit).to_string());
    Effect::new(move |_| {
        let shown = value.get() / unit;
        if value.get() >= 0 && read(&text.get_untracked()) != Some(shown) {
            text.set(shown.to_string());
        }
    });
    // What is no number is a value that no setting takes.
    let typed = move |event| {
        text.set(event_target_value(&event));
        let number = read(&text.get_untracked()).map_or(-1, |number| number.saturating_mul(unit));
        draft.mine.update(|mine| *of(mine) = number);
    };
    let problem = draft.problem(move || field.to_owned());
    view! {
        <label class="number">{label}
            <input inputmode="numeric" prop:value=move || text.get() on:input=typed
                aria-invalid=move || problem.get().is_some().to_string() />
            <small>{about}</small>
            <Problem of=problem />
        </label>
    }
    .into_any()
}

fn read(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|number| *number >= 0)
}

/// What is wrong with the field above.
#[component]
pub(super) fn Problem(of: Signal<Option<String>>) -> impl IntoView {
    view! { <span class="problem" role="alert">{move || of.get()}</span> }
}

/// Something that is on or off.
#[component]
pub(super) fn Switch(label: &'static str, of: fn(&mut Settings) -> &mut bool) -> impl IntoView {
    let draft = expect_context::<Draft>();
    let on = Memo::new(move |_| draft.mine.with(|mine| *of(&mut mine.clone())));
    let turn = move |event| draft.mine.update(|mine| *of(mine) = event_target_checked(&event));
    view! {
        <label class="choice switch">
            <input type="checkbox" role="switch" prop:checked=on on:change=turn />
            <span>{label}</span>
        </label>
    }
    .into_any()
}
