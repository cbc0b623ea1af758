//! The dialog that makes and changes categories, tags and rules.

use super::page::{Doing, Editing, tag_options};
use crate::ui::Dialog;
use domain::tag::{
    Category, Change, Colour, Kind, LONGEST_NAME, LONGEST_WORDS, LooksAt, Match, Rule, RuleDraft, Tag, TagDraft,
};
use domain::{TagCategoryId, TagId};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// Open while something is made or changed.
#[component]
pub(super) fn EditDialog() -> impl IntoView {
    let editing = expect_context::<Editing>();
    let doing = editing.doing;
    let title = Signal::derive(move || {
        let title = doing.with(|doing| match doing {
            Some(Doing::AddCategory) => "New category",
            Some(Doing::EditCategory(_)) => "Rename the category",
            Some(Doing::AddTag(_)) => "New tag",
            Some(Doing::EditTag(_)) => "Edit the tag",
            Some(Doing::AddRule) => "New rule",
            Some(Doing::EditRule(_)) => "Edit the rule",
            _ => "",
        });
        title.to_owned()
    });
    let body = move || match doing.get() {
        Some(Doing::AddCategory) => category_form(editing, None),
        Some(Doing::EditCategory(category)) => category_form(editing, Some(category)),
        Some(Doing::AddTag(category)) => tag_form(editing, category, None),
        Some(Doing::EditTag(tag)) => tag_form(editing, tag.draft.category, Some(tag)),
        Some(Doing::AddRule) => rule_form(editing, None),
        Some(Doing::EditRule(rule)) => rule_form(editing, Some(rule)),
        _ => ().into_any(),
    };
    view! {
        <Dialog title open=Signal::derive(move || !title.get().is_empty()) on_close=Callback::new(move |()| close(editing, false))>
            {body}
        </Dialog>
    }
    .into_any()
}

/// The browser tells of a dialog's end also when the other one has taken its place.
pub(super) fn close(editing: Editing, removing: bool) {
    let mine = editing.doing.with_untracked(|doing| doing.as_ref().is_some_and(|doing| doing.removes() == removing));
    if mine {
        editing.doing.set(None);
    }
}

/// A form's end: what is in the way, and its buttons.
pub(super) fn end(editing: Editing, word: &'static str) -> AnyView {
    view! {
        <p class="problem" role="alert">{move || editing.problem.get()}</p>
        <footer>
            <button type="button" class="button" on:click=move |_| editing.doing.set(None)>"Cancel"</button>
            <button class="button primary">{word}</button>
        </footer>
    }
    .into_any()
}

/// A choice among few or many.
pub(super) fn choose(label: &'static str, options: Vec<(String, String)>, value: RwSignal<String>) -> AnyView {
    let option = move |(word, words): (String, String)| {
        let chosen = value.with_untracked(|value| *value == word);
        view! { <option value=word selected=chosen>{words}</option> }
    };
    view! {
        <label>{label}
            <select on:change=move |event| value.set(event_target_value(&event))>
                {options.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
    .into_any()
}

fn category_form(editing: Editing, category: Option<Category>) -> AnyView {
    let name = RwSignal::new(category.as_ref().map(|category| category.name.clone()).unwrap_or_default());
    let id = category.map(|category| category.id);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let name = name.get_untracked();
        editing.submit(match id {
            Some(category) => Change::RenameCategory { category, name },
            None => Change::AddCategory { name },
        });
    };
    view! {
        <form class="form" on:submit=submit>
            <label>"Name"<input required maxlength=LONGEST_NAME autofocus bind:value=name /></label>
            {end(editing, "Save")}
        </form>
    }
    .into_any()
}

fn tag_form(editing: Editing, category: TagCategoryId, tag: Option<Tag>) -> AnyView {
    let was = tag.as_ref().map(|tag| tag.draft.clone());
    let was = was.unwrap_or(TagDraft { category, name: String::new(), colour: Colour::Blue, kind: Kind::Manual });
    let name = RwSignal::new(was.name.clone());
    let colour = RwSignal::new(was.colour);
    let category = RwSignal::new(was.category.to_string());
    let kind = RwSignal::new(was.kind.to_string());
    let id = tag.as_ref().map(|tag| tag.id);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Ok(category), Ok(kind)) = (category.get_untracked().parse(), kind.get_untracked().parse()) else { return };
        let to = TagDraft { category, name: name.get_untracked(), colour: colour.get_untracked(), kind };
        editing.submit(match id {
            Some(tag) => Change::ChangeTag { tag, to },
            None => Change::AddTag { tag: to },
        });
    };
    let swatch = move |one: &Colour| {
        let one = *one;
        view! {
            <input type="radio" name="colour" data-colour=one.as_str() aria-label=one.as_str() title=one.as_str()
                prop:checked=move || colour.get() == one on:change=move |_| colour.set(one) />
        }
    };
    let categories = editing.definitions().categories.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
    let kinds = match was.kind {
        Kind::Manual | Kind::FirstMessage => vec![
            (Kind::Manual.to_string(), "Manual: agents give it".to_owned()),
            (Kind::FirstMessage.to_string(), "First Message: rules give it".to_owned()),
        ],
        given => vec![(given.to_string(), format!("{}: given by automation", given.title()))],
    };
    view! {
        <form class="form tag-form" on:submit=submit>
            <label>"Name"<input required maxlength=LONGEST_NAME autofocus bind:value=name /></label>
            <fieldset class="swatches"><legend>"Colour"</legend>{Colour::ALL.iter().map(swatch).collect_view()}</fieldset>
            {choose("Category", categories, category)}
            {choose("Kind", kinds, kind)}
            {tag.map(|tag| fates(editing, tag))}
            {end(editing, "Save")}
        </form>
    }
    .into_any()
}

/// What else can become of a tag.
fn fates(editing: Editing, tag: Tag) -> AnyView {
    let (id, archived) = (tag.id, tag.archived);
    let (shelved, merged) = (tag.clone(), tag.clone());
    let shelve = move |_| {
        if archived {
            editing.submit(Change::RestoreTag { tag: id });
        } else {
            editing.begin(Doing::ArchiveTag(shelved.clone()));
        }
    };
    view! {
        <div class="fates">
            <button type="button" class="link" title="An archived tag stays where it is and is given no more" on:click=shelve>
                {if archived { "Restore" } else { "Archive …" }}
            </button>
            <button type="button" class="link" on:click=move |_| editing.begin(Doing::MergeTag(merged.clone()))>"Merge into another …"</button>
            <button type="button" class="link" on:click=move |_| editing.begin(Doing::DeleteTag(tag.clone()))>"Delete …"</button>
        </div>
    }
    .into_any()
}

fn rule_form(editing: Editing, rule: Option<Rule>) -> AnyView {
    let tags = tag_options(&editing.definitions(), None, Some(Kind::FirstMessage));
    let was = rule.as_ref().map(|rule| &rule.draft);
    let first = tags.first().map(|(id, _)| id.clone()).unwrap_or_default();
    let tag = RwSignal::new(was.map_or(first, |was| was.tag.to_string()));
    let looks_at = RwSignal::new(was.map_or(LooksAt::Text, |was| was.looks_at).to_string());
    let matches = RwSignal::new(was.map_or(Match::Contains, |was| was.matches).to_string());
    let words = RwSignal::new(was.map(|was| was.words.clone()).unwrap_or_default());
    let enabled = was.is_none_or(|was| was.enabled);
    let id = rule.map(|rule| rule.id);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Ok(tag), Ok(looks_at), Ok(matches)) =
            (tag.get_untracked().parse::<TagId>(), looks_at.get_untracked().parse(), matches.get_untracked().parse())
        else {
            return;
        };
        let to = RuleDraft { tag, looks_at, matches, words: words.get_untracked(), enabled };
        editing.submit(match id {
            Some(rule) => Change::ChangeRule { rule, to },
            None => Change::AddRule { rule: to },
        });
    };
    let owned = |(word, words): (String, &str)| (word, words.to_owned());
    let places = LooksAt::ALL.iter().map(|one| owned((one.to_string(), place(*one)))).collect();
    let ways = Match::ALL.iter().map(|one| owned((one.to_string(), way(*one)))).collect();
    view! {
        <form class="form tag-form" on:submit=submit>
            {choose("When", places, looks_at)}
            {choose("How", ways, matches)}
            <label>"Words"
                <input maxlength=LONGEST_WORDS autofocus bind:value=words />
                <small>"Whole words; capitals, accents and punctuation do not count. For ads and addresses, nothing here stands for any."</small>
            </label>
            {choose("Gives the tag", tags, tag)}
            {end(editing, "Save")}
        </form>
    }
    .into_any()
}

/// What a rule looks at, in words.
pub(super) fn place(looks_at: LooksAt) -> &'static str {
    match looks_at {
        LooksAt::Text => "the first message's text",
        LooksAt::Ad => "the headline of the ad",
        LooksAt::Link => "the address of the ad or post",
    }
}

/// How it does, in words.
pub(super) fn way(matches: Match) -> &'static str {
    match matches {
        Match::Contains => "contains",
        Match::Equals => "is exactly",
        Match::StartsWith => "begins with",
    }
}
