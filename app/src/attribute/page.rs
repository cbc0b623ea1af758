//! The page on which attributes are defined.

use super::api;
use super::form::{Form, Opened};
use crate::manage::{Heading, Loading, Manage, Moved, Movers};
use crate::ui::Dialog;
use domain::AttributeId;
use domain::attribute::{Asked, COUNTED, Definition, Kind, Listed, Shape, Values};
use leptos::prelude::*;

/// An attribute about whose end somebody is asked.
#[derive(Clone)]
enum Leaving {
    Archive(Listed),
    Delete(Listed),
}

/// `/manage/attributes`
#[component]
pub fn AttributesPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let listed = manage.load(api::list_attributes);
    manage.recount(listed, api::list_attributes);
    let edited = RwSignal::new(None as Opened);
    let leaving = RwSignal::new(None as Option<Leaving>);
    let last = Moved::new(None);
    let new = move |_| edited.set(Some((None, blank())));
    view! {
        <Heading title="Attributes" about="What is known of a contact beside their chats. Agents see and edit it on the profile.">
            <button type="button" class="button primary" on:click=new>"New attribute"</button>
        </Heading>
        <Loading of=listed let:listed>
            <List listed edited leaving last />
        </Loading>
        <Form edited />
        <LeavingDialog leaving />
    }
    .into_any()
}

fn blank() -> Shape {
    Shape {
        name: String::new(),
        kind: Kind::Text,
        options: Vec::new(),
        currency: String::new(),
        help: String::new(),
        required_on_resolve: false,
        shown_to_bot: true,
    }
}

#[component]
fn List(
    listed: Vec<Listed>,
    edited: RwSignal<Opened>,
    leaving: RwSignal<Option<Leaving>>,
    last: Moved,
) -> impl IntoView {
    if listed.is_empty() {
        return view! { <p class="dim">"Nothing is defined yet."</p> }.into_any();
    }
    let (gone, active): (Vec<_>, Vec<_>) = listed.into_iter().partition(|one| one.definition.archived);
    let order: Vec<_> = active.iter().map(|one| one.definition.id).collect();
    let row = move |one: Listed| view! { <Row one order=order.clone() edited leaving last /> };
    let old = move |one: Listed| view! { <Row one order=Vec::new() edited leaving last /> };
    view! {
        <ul class="sheet defined" aria-label="Attributes">{active.into_iter().map(row).collect_view()}</ul>
        {(!gone.is_empty()).then(|| view! {
            <h2 class="archived">"Archived"</h2>
            <ul class="sheet defined" aria-label="Archived attributes">{gone.into_iter().map(old).collect_view()}</ul>
        })}
    }
    .into_any()
}

#[component]
fn Row(
    one: Listed,
    order: Vec<AttributeId>,
    edited: RwSignal<Opened>,
    leaving: RwSignal<Option<Leaving>>,
    last: Moved,
) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let Definition { id, shape, archived, .. } = one.definition.clone();
    let place = (order.iter().position(|known| *known == id).unwrap_or(0), order.len());
    let moved = Callback::new(move |to: usize| {
        let mut order = order.clone();
        let id = order.remove(place.0);
        order.insert(to, id);
        manage.act(api::arrange_attributes(order));
    });
    let (name, opened) = (shape.name.clone(), shape.clone());
    let shelved = one.clone();
    let used = match one.used {
        0 => "no contact has one".to_owned(),
        1 => "one contact".to_owned(),
        n if n >= COUNTED => format!("{COUNTED} contacts or more"),
        n => format!("{n} contacts"),
    };
    let more = [
        Some(used),
        shape.required_on_resolve.then(|| "required at Resolve".to_owned()),
        (!shape.shown_to_bot).then(|| "hidden from the bot".to_owned()),
    ];
    let about = more.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let kind = match shape.kind {
        Kind::Money => format!("Money, {}", shape.currency),
        kind => kind.title().to_owned(),
    };
    view! {
        <li data-attribute=name.clone()>
            <div><b>{name.clone()}</b>" "<span class="kind">{kind}</span><p class="dim">{about}</p></div>
            {if archived {
                view! {
                    <button type="button" class="button small" aria-label=format!("Restore {name}") on:click=move |_| manage.act(api::restore_attribute(id))>"Restore"</button>
                }.into_any()
            } else {
                view! {
                    <Movers name=name.clone() id=id.0.as_u128() place last moved />
                    <button type="button" class="button small" aria-label=format!("Edit {name}") on:click=move |_| edited.set(Some((Some(id), opened.clone())))>"Edit"</button>
                    <button type="button" class="button small" aria-label=format!("Archive {name}") on:click=move |_| leaving.set(Some(Leaving::Archive(shelved.clone())))>"Archive"</button>
                }.into_any()
            }}
            <button type="button" class="button small" aria-label=format!("Delete {name}") on:click=move |_| leaving.set(Some(Leaving::Delete(one.clone())))>"Delete"</button>
        </li>
    }
    .into_any()
}

/// Nothing that contacts have, and nothing that goes by it, ends by mistake.
#[component]
fn LeavingDialog(leaving: RwSignal<Option<Leaving>>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let close = Callback::new(move |()| leaving.set(None));
    let title = Signal::derive(move || {
        let archives = leaving.with(|leaving| matches!(leaving, Some(Leaving::Archive(_))));
        let title = if archives { "Archive an attribute" } else { "Delete an attribute" };
        title.to_owned()
    });
    let contents = move || match leaving.get() {
        Some(Leaving::Archive(one)) => archiving(manage, &one, close),
        Some(Leaving::Delete(one)) => deleting(manage, one, close),
        None => ().into_any(),
    };
    view! {
        <Dialog title open=Signal::derive(move || leaving.with(Option::is_some)) on_close=close>{contents}</Dialog>
    }
    .into_any()
}

fn archiving(manage: Manage, one: &Listed, close: Callback<()>) -> AnyView {
    let Definition { id, shape, .. } = &one.definition;
    let id = *id;
    let also = stops(&one.asked, shape.required_on_resolve).map(|also| view! { <p>{also}</p> });
    view! {
        <p>{format!("“{}” leaves the profiles and keeps its values. It can be restored at any time.", shape.name)}</p>
        {also}
        <footer>
            <button type="button" class="button" on:click=move |_| close.run(())>"Cancel"</button>
            <button type="button" class="button primary" on:click=move |_| { close.run(()); manage.act(api::archive_attribute(id)) }>"Archive"</button>
        </footer>
    }
    .into_any()
}

fn deleting(manage: Manage, one: Listed, close: Callback<()>) -> AnyView {
    let also = asked_for(&one.asked).map(|also| view! { <p class="dim">{also}</p> });
    let (id, name) = (one.definition.id, one.definition.shape.name);
    let used = if one.used >= COUNTED { format!("{COUNTED} or more") } else { one.used.to_string() };
    let words = match one.used {
        0 => format!("No contact has a value for “{name}”."),
        1 => format!("One contact has a value for “{name}”."),
        _ => format!("{used} contacts have a value for “{name}”."),
    };
    let (label, values) =
        if one.used == 0 { ("Delete", Values::None) } else { ("Delete with its values", Values::Delete) };
    let archive = (one.used > 0 && !one.definition.archived).then(|| view! {
        <button type="button" class="button primary" on:click=move |_| { close.run(()); manage.act(api::archive_attribute(id)) }>"Archive instead"</button>
    });
    view! {
        <p>{words}</p>
        {also}
        {(one.used > 0).then(|| view! { <p class="dim">"Archived, it leaves the profiles and keeps its values. Deleted values do not come back."</p> })}
        <footer>
            <button type="button" class="button" on:click=move |_| close.run(())>"Cancel"</button>
            <button type="button" class="button danger" on:click=move |_| { close.run(()); manage.act(api::delete_attribute(id, values)) }>{label}</button>
            {archive}
        </footer>
    }
    .into_any()
}

/// What stops while an attribute is archived: one sentence, or nothing.
fn stops(asked: &Asked, required: bool) -> Option<String> {
    let required = required.then(|| "Resolve does not ask for it any more".to_owned());
    sentence(uses(asked).chain(required))
}

/// What else is about an attribute, besides its values: one sentence, or nothing.
fn asked_for(asked: &Asked) -> Option<String> {
    let flow =
        asked.flow.then(|| "the bot goes by it, and makes it anew, as text, from what customers answer".to_owned());
    sentence(uses(asked).chain(flow))
}

/// Who asks for an attribute in vain once it is gone.
fn uses(asked: &Asked) -> impl Iterator<Item = String> + use<> {
    let segments = match asked.segments {
        0 => None,
        1 => Some("1 segment asks for it and will find nobody by it".to_owned()),
        n => Some(format!("{n} segments ask for it and will find nobody by it")),
    };
    let replies = match asked.replies {
        0 => None,
        1 => Some("1 canned reply has a blank for it that nothing will fill".to_owned()),
        n => Some(format!("{n} canned replies have a blank for it that nothing will fill")),
    };
    let automatic = asked
        .automatic
        .then(|| "a message that is said by itself has a blank for it that nothing will fill".to_owned());
    segments.into_iter().chain(replies).chain(automatic)
}

fn sentence(parts: impl Iterator<Item = String>) -> Option<String> {
    let told = parts.collect::<Vec<_>>().join("; ");
    let mut letters = told.chars();
    let first = letters.next()?.to_uppercase();
    Some(format!("{first}{}.", letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{Asked, asked_for, stops};

    #[test]
    fn what_else_is_about_an_attribute_is_one_sentence() {
        let asked = Asked::default();
        assert_eq!(asked_for(&asked), None);
        let one = Asked { segments: 1, ..asked };
        assert_eq!(asked_for(&one).as_deref(), Some("1 segment asks for it and will find nobody by it."));
        let both = "2 segments ask for it and will find nobody by it; 1 canned reply has a blank for it that nothing will fill.";
        assert_eq!(asked_for(&Asked { segments: 2, replies: 1, ..asked }).as_deref(), Some(both));
        let flow = asked_for(&Asked { flow: true, ..asked });
        assert!(flow.is_some_and(|told| told.starts_with("The bot goes by it")));
        let automatic = asked_for(&Asked { automatic: true, ..asked });
        assert!(automatic.is_some_and(|told| told.starts_with("A message that is said by itself has a blank")));
    }

    #[test]
    fn what_stops_with_an_archived_attribute_is_one_sentence() {
        let asked = Asked::default();
        assert_eq!(stops(&asked, false), None);
        assert_eq!(stops(&asked, true).as_deref(), Some("Resolve does not ask for it any more."));
        let all = "1 segment asks for it and will find nobody by it; 2 canned replies have a blank for it that nothing will fill; Resolve does not ask for it any more.";
        assert_eq!(stops(&Asked { segments: 1, replies: 2, ..asked }, true).as_deref(), Some(all));
    }
}
