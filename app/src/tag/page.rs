//! Manage's page of tags: categories with their tags, and below them the First Message rules.

use super::edit::EditDialog;
use super::rules::{Rules, Trial};
use super::{api, remove};
use crate::manage::{Heading, Loading, Manage, latest};
use domain::tag::{COUNTED, Category, Change, Definitions, Kind, Rule, Tag, Towards};
use domain::{TagCategoryId, TagId};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the dialog is open for.
#[derive(Clone)]
pub(super) enum Doing {
    AddCategory,
    EditCategory(Category),
    DeleteCategory(Category),
    AddTag(TagCategoryId),
    EditTag(Tag),
    ArchiveTag(Tag),
    MergeTag(Tag),
    DeleteTag(Tag),
    AddRule,
    EditRule(Rule),
    DeleteRule(Rule),
}

impl Doing {
    /// Whether something is to go: that has a dialog of its own.
    pub(super) fn removes(&self) -> bool {
        match self {
            Self::DeleteCategory(_)
            | Self::ArchiveTag(_)
            | Self::MergeTag(_)
            | Self::DeleteTag(_)
            | Self::DeleteRule(_) => true,
            Self::AddCategory
            | Self::EditCategory(_)
            | Self::AddTag(_)
            | Self::EditTag(_)
            | Self::AddRule
            | Self::EditRule(_) => false,
        }
    }
}

/// What the page's parts share.
#[derive(Clone, Copy)]
pub(super) struct Editing {
    pub(super) manage: Manage,
    known: Memo<Option<Definitions>>,
    pub(super) doing: RwSignal<Option<Doing>>,
    pub(super) problem: RwSignal<Option<String>>,
}

impl Editing {
    /// Opens the dialog.
    pub(super) fn begin(self, doing: Doing) {
        self.problem.set(None);
        self.doing.set(Some(doing));
    }

    /// Changes something for the dialog, which closes when it is done and says what is in the way otherwise.
    pub(super) fn submit(self, change: Change) {
        spawn_local(async move {
            match api::change_tags(change).await {
                Ok(()) => drop(self.doing.try_set(None)),
                Err(error) => drop(self.problem.try_set(Some(error.to_string()))),
            }
        });
    }

    /// As they were when the dialog opened.
    pub(super) fn definitions(self) -> Definitions {
        self.known.get_untracked().unwrap_or_default()
    }
}

/// A choice of tags by category, without one of them.
pub(super) fn tag_options(
    definitions: &Definitions,
    without: Option<TagId>,
    of: Option<Kind>,
) -> Vec<(String, String)> {
    let fits = |tag: &&Tag| Some(tag.id) != without && !tag.archived && of.is_none_or(|kind| kind == tag.draft.kind);
    let option =
        |category: &Category, tag: &Tag| (tag.id.to_string(), format!("{} · {}", category.name, tag.draft.name));
    let tags =
        |category: &Category| category.tags.iter().filter(fits).map(|tag| option(category, tag)).collect::<Vec<_>>();
    definitions.categories.iter().flat_map(tags).collect()
}

/// `12 contacts`.
pub(super) fn contacts(uses: i64) -> String {
    match uses {
        1 => "1 contact".into(),
        n if n > COUNTED => format!("more than {COUNTED} contacts"),
        n => format!("{n} contacts"),
    }
}

/// `/manage/tags`
#[component]
pub fn TagsPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let loaded = manage.load(api::read_tags);
    manage.recount(loaded, api::read_tags);
    let known = latest(loaded);
    let editing = Editing { manage, known, doing: RwSignal::new(None), problem: RwSignal::new(None) };
    provide_context(editing);
    provide_context(Trial::new());
    view! {
        <Heading title="Tags" about="Labels on customers: agents give them, or automations do.">
            <button type="button" class="button primary" on:click=move |_| editing.begin(Doing::AddCategory)>"New category"</button>
        </Heading>
        <Loading of=loaded let:definitions>
            {definitions.categories.is_empty().then(|| view! {
                <p class="sheet dim">"There are no tags yet. Make a category first, “Interest” or “Stage” say, and tags in it."</p>
            })}
            {
                let last = definitions.categories.len().saturating_sub(1);
                let categories = definitions.categories.clone();
                categories.into_iter().enumerate().map(|(n, category)| categorized(editing, category, n == 0, n == last)).collect_view()
            }
            <Rules definitions />
        </Loading>
        <EditDialog />
        <remove::RemoveDialog />
    }
    .into_any()
}

fn categorized(editing: Editing, category: Category, first: bool, last: bool) -> AnyView {
    let Category { id, name, tags } = category.clone();
    let (edited, deleted) = (category.clone(), category);
    let end = tags.len().saturating_sub(1);
    let none = tags.is_empty();
    let lines = tags.into_iter().enumerate().map(|(n, tag)| line(editing, tag, n == 0, n == end)).collect_view();
    view! {
        <section class="sheet category" aria-label=name.clone()>
            <header>
                <h2 dir="auto">{name.clone()}</h2>
                <button type="button" class="button small" on:click=move |_| editing.begin(Doing::AddTag(id))>"New tag"</button>
                <button type="button" class="button small" aria-label=format!("Rename {name}")
                    on:click=move |_| editing.begin(Doing::EditCategory(edited.clone()))>"Rename"</button>
                <button type="button" class="button small" aria-label=format!("Delete {name}")
                    on:click=move |_| editing.begin(Doing::DeleteCategory(deleted.clone()))>"Delete"</button>
                {movers(editing, &name, first, last, move |towards| Change::MoveCategory { category: id, towards })}
            </header>
            {none.then(|| view! { <p class="dim">"No tags in here yet."</p> })}
            <ul>{lines}</ul>
        </section>
    }
    .into_any()
}

fn line(editing: Editing, tag: Tag, first: bool, last: bool) -> AnyView {
    let Tag { id, draft, archived, uses, .. } = tag.clone();
    let name = draft.name;
    let kind = (draft.kind != Kind::Manual).then(|| draft.kind.title());
    view! {
        <li data-archived=archived.to_string()>
            <span class="tag" data-colour=draft.colour.as_str() dir="auto">{name.clone()}</span>
            <span class="dim">{kind}{archived.then_some(" archived")}</span>
            <span class="dim uses">{contacts(uses)}</span>
            <button type="button" class="button small" aria-label=format!("Edit {name}")
                on:click=move |_| editing.begin(Doing::EditTag(tag.clone()))>"Edit"</button>
            {movers(editing, &name, first, last, move |towards| Change::MoveTag { tag: id, towards })}
        </li>
    }
    .into_any()
}

/// Up and down.
pub(super) fn movers(
    editing: Editing,
    name: &str,
    first: bool,
    last: bool,
    change: impl Fn(Towards) -> Change + Copy + 'static,
) -> AnyView {
    let go = move |towards| editing.manage.act(api::change_tags(change(towards)));
    view! {
        <span class="movers">
            <button type="button" class="quiet" disabled=first aria-label=format!("Move {name} up") on:click=move |_| go(Towards::Up)>"↑"</button>
            <button type="button" class="quiet" disabled=last aria-label=format!("Move {name} down") on:click=move |_| go(Towards::Down)>"↓"</button>
        </span>
    }
    .into_any()
}
