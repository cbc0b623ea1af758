//! The dialog that archives, merges and deletes: it says what else is about it, and asks what becomes of what was there.

use super::edit::{choose, close, end};
use super::page::{Doing, Editing, contacts, tag_options};
use super::rules::says;
use crate::ui::{Dialog, Show};
use domain::TagId;
use domain::tag::{Category, Change, Definitions, Kind, Rule, Tag, Uses};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// Open while something is archived, merged or deleted.
#[component]
pub(super) fn RemoveDialog() -> impl IntoView {
    let editing = expect_context::<Editing>();
    let doing = editing.doing;
    let title = Signal::derive(move || {
        doing.with(|doing| match doing {
            Some(Doing::DeleteCategory(category)) => format!("Delete “{}”?", category.name),
            Some(Doing::ArchiveTag(tag)) => format!("Archive “{}”?", tag.draft.name),
            Some(Doing::MergeTag(tag)) => format!("Merge “{}”", tag.draft.name),
            Some(Doing::DeleteTag(tag)) => format!("Delete “{}”?", tag.draft.name),
            Some(Doing::DeleteRule(_)) => "Delete the rule?".to_owned(),
            _ => String::new(),
        })
    });
    let body = move || match doing.get() {
        Some(Doing::DeleteCategory(category)) => delete_category(editing, &category),
        Some(Doing::ArchiveTag(tag)) => archive(editing, &tag),
        Some(Doing::MergeTag(tag)) => merge(editing, &tag),
        Some(Doing::DeleteTag(tag)) => delete_tag(editing, &tag),
        Some(Doing::DeleteRule(rule)) => delete_rule(editing, &rule),
        _ => ().into_any(),
    };
    view! {
        <Dialog title open=Signal::derive(move || !title.get().is_empty()) on_close=Callback::new(move |()| close(editing, true))>
            {body}
        </Dialog>
    }
    .into_any()
}

fn delete_category(editing: Editing, category: &Category) -> AnyView {
    let id = category.id;
    let others: Vec<_> = editing.definitions().categories.into_iter().filter(|other| other.id != id).collect();
    let others: Vec<_> = others.into_iter().map(|other| (other.id.to_string(), other.name)).collect();
    let into = RwSignal::new(others.first().map(|(id, _)| id.clone()).unwrap_or_default());
    let used = !category.tags.is_empty();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let into = into.get_untracked().parse().ok().filter(|_| used);
        editing.submit(Change::DeleteCategory { category: id, into });
    };
    let question = match (used, others.is_empty()) {
        (false, _) => view! { <p class="dim">"It has no tags."</p> }.into_any(),
        (true, true) => {
            view! { <p class="dim">"Its tags need another category. Make one, or delete the tags first."</p> }
                .into_any()
        }
        (true, false) => choose("Its tags go to", others, into),
    };
    view! { <form class="form tag-form" on:submit=submit>{question}{end(editing, "Delete")}</form> }.into_any()
}

fn archive(editing: Editing, tag: &Tag) -> AnyView {
    let id = tag.id;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        editing.submit(Change::ArchiveTag { tag: id });
    };
    let about =
        format!("It stays where it is ({}) and is given no more. It can be restored at any time.", contacts(tag.uses));
    let stops = stops(&editing.definitions(), tag).map(|stops| view! { <p>{stops}</p> });
    view! {
        <form class="form tag-form" on:submit=submit>
            {stops}
            <p class="dim">{about}</p>
            {end(editing, "Archive")}
        </form>
    }
    .into_any()
}

/// What stops while a tag is archived: one sentence, or nothing.
fn stops(definitions: &Definitions, tag: &Tag) -> Option<String> {
    let gives = |rule: &&Rule| rule.draft.tag == tag.id && rule.draft.enabled;
    let rules = match definitions.rules.iter().filter(gives).count() {
        0 => None,
        1 => Some("1 First Message rule gives it and stops".to_owned()),
        n => Some(format!("{n} First Message rules give it and stop")),
    };
    let segments = match tag.segments {
        0 => None,
        1 => Some("1 segment asks for it and will find nobody by it".to_owned()),
        n => Some(format!("{n} segments ask for it and will find nobody by it")),
    };
    sentence(rules.into_iter().chain(segments))
}

fn delete_rule(editing: Editing, rule: &Rule) -> AnyView {
    let id = rule.id;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        editing.submit(Change::DeleteRule { rule: id });
    };
    let definitions = editing.definitions();
    let tag = definitions.categories.iter().flat_map(|category| &category.tags).find(|tag| tag.id == rule.draft.tag);
    let gives = tag.map(|tag| format!(" gives “{}”", tag.draft.name)).unwrap_or_default();
    view! {
        <form class="form tag-form" on:submit=submit>
            <p dir="auto">{says(&rule.draft)}{gives}"."</p>
            <p class="dim">"New customers do not get the tag by it any more; whoever has it keeps it. It cannot be undone."</p>
            {end(editing, "Delete")}
        </form>
    }
    .into_any()
}

fn merge(editing: Editing, tag: &Tag) -> AnyView {
    let id = tag.id;
    let others = tag_options(&editing.definitions(), Some(id), None);
    let into = RwSignal::new(others.first().map(|(id, _)| id.clone()).unwrap_or_default());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Ok(into) = into.get_untracked().parse() {
            editing.submit(Change::MergeTag { tag: id, into });
        }
    };
    let (definitions, tag_of) = (editing.definitions(), tag.clone());
    let also =
        move || used_by(&definitions, &tag_of, into.get().parse().ok()).map(|also| view! { <p class="dim">{also}</p> });
    let about = format!(
        "Whoever carries “{}” ({}) carries the other then. It cannot be undone.",
        tag.draft.name,
        contacts(tag.uses)
    );
    if others.is_empty() {
        return view! { <p class="dim">"There is no other tag."</p> }.into_any();
    }
    view! {
        <form class="form tag-form" on:submit=submit>
            {choose("Into", others, into)}
            <p class="dim">{about}</p>
            {also}
            {end(editing, "Merge")}
        </form>
    }
    .into_any()
}

fn delete_tag(editing: Editing, tag: &Tag) -> AnyView {
    let (id, used) = (tag.id, tag.uses > 0);
    let others = tag_options(&editing.definitions(), Some(id), None);
    let into = RwSignal::new(others.first().map(|(id, _)| id.clone()).unwrap_or_default());
    // Nothing is chosen beforehand.
    let moves = RwSignal::new(None::<bool>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let uses = moves.get_untracked().and_then(|moves| {
            if moves { into.get_untracked().parse().ok().map(Uses::Move) } else { Some(Uses::TakeOff) }
        });
        editing.submit(Change::DeleteTag { tag: id, uses });
    };
    let other = !others.is_empty();
    let (definitions, tag_of) = (editing.definitions(), tag.clone());
    let also = move || {
        let other = moves.get().filter(|moves| *moves).and_then(|_| into.get().parse().ok());
        used_by(&definitions, &tag_of, other).map(|also| view! { <p class="dim">{also}</p> })
    };
    let question = used.then(|| view! {
        <p>{format!("On {}. What becomes of them?", contacts(tag.uses))}</p>
        <label class="choice"><input type="radio" name="uses" required on:change=move |_| moves.set(Some(false)) />
            <span>"It is taken off"</span></label>
        {other.then(|| view! {
            <label class="choice"><input type="radio" name="uses" required on:change=move |_| moves.set(Some(true)) />
                <span>"They get another tag"</span></label>
        })}
        <Show when=move || moves.get() == Some(true)>{choose("Which", others.clone(), into)}</Show>
    });
    view! {
        <form class="form tag-form" on:submit=submit>
            {(!used).then(|| view! { <p class="dim">"No contact carries it."</p> })}
            {also}
            {question}
            {end(editing, "Delete")}
        </form>
    }
    .into_any()
}

/// What else is about a tag, besides its contacts, and what becomes of it where another tag is given in its place or
/// none: one sentence, or nothing.
fn used_by(definitions: &Definitions, tag: &Tag, other: Option<TagId>) -> Option<String> {
    let rules = definitions.rules.iter().filter(|rule| rule.draft.tag == tag.id).count();
    let known = definitions.categories.iter().flat_map(|category| &category.tags).find(|known| Some(known.id) == other);
    let kept = known.is_some_and(|other| other.draft.kind == Kind::FirstMessage);
    let rules = match (rules, kept) {
        (0, _) => None,
        (1, true) => Some("1 First Message rule gives it and will give the other".to_owned()),
        (1, false) => Some("1 First Message rule gives it and is deleted with it".to_owned()),
        (n, true) => Some(format!("{n} First Message rules give it and will give the other")),
        (n, false) => Some(format!("{n} First Message rules give it and are deleted with it")),
    };
    let segments = match (tag.segments, other) {
        (0, _) => None,
        (1, Some(_)) => Some("1 segment asks for it and will ask for the other".to_owned()),
        (1, None) => Some("1 segment asks for it and will find nobody by it".to_owned()),
        (n, Some(_)) => Some(format!("{n} segments ask for it and will ask for the other")),
        (n, None) => Some(format!("{n} segments ask for it and will find nobody by it")),
    };
    sentence(rules.into_iter().chain(segments))
}

fn sentence(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<_> = parts.collect();
    (!parts.is_empty()).then(|| format!("{}.", parts.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::{stops, used_by};
    use domain::tag::{Category, Colour, Definitions, Kind, LooksAt, Match, Rule, RuleDraft, Tag, TagDraft};
    use domain::{TagCategoryId, TagId, TagRuleId, Timestamp};

    fn tag(id: TagId, kind: Kind, segments: i64) -> Tag {
        let category = TagCategoryId::at(Timestamp::default());
        let draft = TagDraft { category, name: "VIP".into(), colour: Colour::Red, kind };
        Tag { id, draft, archived: false, uses: 0, segments }
    }

    #[test]
    fn what_else_is_about_a_tag_is_one_sentence() {
        let at = Timestamp::default();
        let [id, first, manual] = [(); 3].map(|()| TagId::at(at));
        let said = |rules: usize, segments: i64, other: Option<TagId>| {
            let about = tag(id, Kind::FirstMessage, segments);
            let tags = vec![about.clone(), tag(first, Kind::FirstMessage, 0), tag(manual, Kind::Manual, 0)];
            let category = Category { id: TagCategoryId::at(at), name: "Kind".into(), tags };
            let draft = RuleDraft {
                tag: id,
                looks_at: LooksAt::ALL[0],
                matches: Match::ALL[0],
                words: String::new(),
                enabled: true,
            };
            let rules = (0..rules).map(|_| Rule { id: TagRuleId::at(at), draft: draft.clone() }).collect();
            used_by(&Definitions { categories: vec![category], rules }, &about, other).unwrap_or_default()
        };
        assert_eq!(said(0, 0, None), "");
        assert_eq!(said(1, 0, None), "1 First Message rule gives it and is deleted with it.");
        let both =
            "2 First Message rules give it and are deleted with it; 1 segment asks for it and will find nobody by it.";
        assert_eq!(said(2, 1, None), both);
        let kept =
            "2 First Message rules give it and will give the other; 3 segments ask for it and will ask for the other.";
        assert_eq!(said(2, 3, Some(first)), kept);
        let not =
            "1 First Message rule gives it and is deleted with it; 1 segment asks for it and will ask for the other.";
        assert_eq!(said(1, 1, Some(manual)), not);
    }

    #[test]
    fn what_stops_with_an_archived_tag_is_one_sentence() {
        let at = Timestamp::default();
        let id = TagId::at(at);
        let said = |enabled: &[bool], segments: i64| {
            let rule = |enabled: &bool| {
                let (looks_at, matches) = (LooksAt::ALL[0], Match::ALL[0]);
                let draft = RuleDraft { tag: id, looks_at, matches, words: String::new(), enabled: *enabled };
                Rule { id: TagRuleId::at(at), draft }
            };
            let rules = enabled.iter().map(rule).collect();
            stops(&Definitions { categories: Vec::new(), rules }, &tag(id, Kind::FirstMessage, segments))
        };
        assert_eq!(said(&[], 0), None);
        assert_eq!(said(&[false], 0), None, "it stands still already");
        let both = "1 First Message rule gives it and stops; 1 segment asks for it and will find nobody by it.";
        assert_eq!(said(&[true, false], 1).as_deref(), Some(both));
        let many = "2 First Message rules give it and stop; 3 segments ask for it and will find nobody by it.";
        assert_eq!(said(&[true, true], 3).as_deref(), Some(many));
    }
}
