//! The form that defines an attribute, and asks what becomes of values when options are taken off its list.

use super::api;
use crate::manage::Manage;
use crate::ui::{Dialog, Show};
use domain::AttributeId;
use domain::attribute::{COUNTED, Changed, Gone, Kind, Shape};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is being defined: a new attribute, or one that there is.
pub(super) type Opened = Option<(Option<AttributeId>, Shape)>;

/// What is decided about values: words of the list; one that begins so names an option.
const KEEP: &str = "keep";
const CLEAR: &str = "clear";
const BECOME: &str = "become ";

/// Options that are about to go, and where they are used.
#[derive(Clone, PartialEq, Eq)]
struct Asked {
    options: Vec<String>,
    contacts: i64,
    segments: i64,
}

/// Open while something is defined.
#[component]
pub(super) fn Form(edited: RwSignal<Opened>) -> impl IntoView {
    let title = Signal::derive(move || {
        edited.with(|edited| match edited {
            Some((Some(_), shape)) => format!("Edit {}", shape.name),
            _ => "New attribute".to_owned(),
        })
    });
    let close = Callback::new(move |()| edited.set(None));
    view! {
        <Dialog title open=Signal::derive(move || edited.with(Option::is_some)) on_close=close>
            {move || edited.get().map(|(id, shape)| view! { <Fields id shape close /> })}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Fields(id: Option<AttributeId>, shape: Shape, close: Callback<()>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let (name, help) = (RwSignal::new(shape.name), RwSignal::new(shape.help));
    let kind = RwSignal::new(shape.kind);
    let options = RwSignal::new(shape.options.join("\n"));
    let currency = RwSignal::new(if shape.currency.is_empty() { "EUR".to_owned() } else { shape.currency });
    let (required, shown) = (RwSignal::new(shape.required_on_resolve), RwSignal::new(shape.shown_to_bot));
    let problem = RwSignal::new(None::<String>);
    let before = shape.kind;
    // What has to be decided before it is saved, and what is decided.
    let asks = RwSignal::new(None::<Asked>);
    let decision = RwSignal::new(KEEP.to_owned());
    let saving = RwSignal::new(false);
    let left = move || {
        options.with(|options| {
            options.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let shape = Shape {
            name: name.get_untracked(),
            kind: kind.get_untracked(),
            options: options.with_untracked(|options| options.lines().map(str::to_owned).collect()),
            currency: currency.get_untracked(),
            help: help.get_untracked(),
            required_on_resolve: required.get_untracked(),
            shown_to_bot: shown.get_untracked(),
        };
        let decided = match (asks.with_untracked(Option::is_some), decision.get_untracked().as_str()) {
            (false, _) => Gone::Ask,
            (true, KEEP) => Gone::Keep,
            (true, CLEAR) => Gone::Clear,
            (true, option) => Gone::Become(option.strip_prefix(BECOME).unwrap_or_default().to_owned()),
        };
        saving.set(true);
        spawn_local(async move {
            let done = match id {
                Some(id) => api::change_attribute(id, shape, decided).await,
                None => api::create_attribute(shape).await.map(|()| Changed::Done),
            };
            let _ = saving.try_set(false);
            match done {
                Ok(Changed::Done) => {
                    close.run(());
                    manage.toasts.say("Saved. Every desk has it now.");
                }
                Ok(Changed::Asks { options, contacts, segments }) => {
                    decision.set(KEEP.into());
                    asks.set(Some(Asked { options, contacts, segments }));
                }
                Err(error) => {
                    let _ = problem.try_set(Some(error.to_string()));
                }
            }
        });
    };
    let pick = move |event| {
        if let Ok(picked) = event_target_value(&event).parse() {
            kind.set(picked);
        }
    };
    view! {
        <form class="form" on:submit=submit>
            <label>"Name"<input maxlength="60" required autofocus bind:value=name /></label>
            <label>"Kind"
                <select on:change=pick>
                    {Kind::ALL.iter().map(|one| view! {
                        <option value=one.as_str() selected=*one == before>{one.title()}</option>
                    }).collect_view()}
                </select>
                <Show when=move || id.is_some() && kind.get() != before>
                    <small>"Values that there are stay as they were written."</small>
                </Show>
            </label>
            <Show when=move || kind.get().chosen()>
                <label>"Options, one a line"<textarea rows="5" prop:value=move || options.get() on:input=move |event| { options.set(event_target_value(&event)); asks.set(None) }></textarea></label>
            </Show>
            <Show when=move || kind.get() == Kind::Money>
                <label>"Currency"<input maxlength="3" bind:value=currency /></label>
            </Show>
            <label>"Help (optional)"<input maxlength="200" bind:value=help /><small>"A sentence for the agent who fills it in."</small></label>
            <label class="choice">
                <input type="checkbox" prop:checked=required on:change=move |_| required.update(|on| *on = !*on) />
                <span>"Required when an agent resolves a chat"</span>
            </label>
            <label class="choice">
                <input type="checkbox" prop:checked=shown on:change=move |_| shown.update(|on| *on = !*on) />
                <span>"The bot may read it"</span>
            </label>
            {move || asks.get().map(|asked| question(&asked, left(), decision))}
            <p class="problem" role="alert">{move || problem.get()}</p>
            <footer>
                <button type="button" class="button" on:click=move |_| close.run(())>"Cancel"</button>
                <button class="button primary" disabled=saving>{move || if saving.get() { "Saving …" } else { "Save" }}</button>
            </footer>
        </form>
    }
    .into_any()
}

/// What becomes of the values: a list to choose from.
fn question(asked: &Asked, left: Vec<String>, decision: RwSignal<String>) -> AnyView {
    let becomes = left.into_iter().map(|option| (format!("{BECOME}{option}"), format!("become “{option}”")));
    let fixed = [(KEEP.to_owned(), "stay as they are".to_owned()), (CLEAR.to_owned(), "are cleared".to_owned())];
    let option = |(word, words): (String, String)| view! { <option value=word>{words}</option> };
    view! {
        <div class="becomes" role="alert">
            <p>{used_by(asked)}</p>
            <label>"These values"
                <select autofocus on:change=move |event| decision.set(event_target_value(&event))>
                    {fixed.into_iter().chain(becomes).map(option).collect_view()}
                </select>
                <small>"Each contact’s journey tells what changed. A segment asks for what a value becomes."</small>
            </label>
        </div>
    }
    .into_any()
}

/// Who uses the options that go, in a sentence.
fn used_by(asked: &Asked) -> String {
    let options: Vec<_> = asked.options.iter().map(|option| format!("“{option}”")).collect();
    let contacts = match asked.contacts {
        0 => None,
        1 => Some("one contact has".to_owned()),
        n if n >= COUNTED => Some(format!("{COUNTED} contacts or more have")),
        n => Some(format!("{n} contacts have")),
    };
    let segments = match asked.segments {
        0 => None,
        1 => Some("one segment asks for".to_owned()),
        n => Some(format!("{n} segments ask for")),
    };
    let uses: Vec<_> = contacts.into_iter().chain(segments).collect();
    let (which, word) = if options.len() == 1 { ("it", "goes") } else { ("one of them", "go") };
    format!("{} {word} off the list, and {} {which}.", options.join(", "), uses.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::{Asked, used_by};

    #[test]
    fn who_uses_what_goes_is_one_sentence() {
        let asked = |options: &[&str], contacts, segments| {
            let options = options.iter().map(|&option| option.to_owned()).collect();
            used_by(&Asked { options, contacts, segments })
        };
        assert_eq!(asked(&["Gold"], 1, 0), "“Gold” goes off the list, and one contact has it.");
        let both = "“Gold”, “Tin” go off the list, and 12 contacts have and one segment asks for one of them.";
        assert_eq!(asked(&["Gold", "Tin"], 12, 1), both);
        assert_eq!(
            asked(&["Gold"], 1000, 2),
            "“Gold” goes off the list, and 1000 contacts or more have and 2 segments ask for it."
        );
    }
}
