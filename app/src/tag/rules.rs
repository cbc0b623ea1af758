//! First Message rules, and a box to try them in: the server decides by the same code.

use super::api;
use super::edit::{place, way};
use super::page::{Doing, Editing, movers};
use domain::TagId;
use domain::contact::Source;
use domain::tag::{Change, Definitions, First, Kind, Rule, RuleDraft, Tag, tags_for};
use leptos::prelude::*;

/// What a customer's first message is tried with; kept while the page is open, whatever changes meanwhile.
#[derive(Clone, Copy)]
pub(super) struct Trial {
    text: RwSignal<String>,
    headline: RwSignal<String>,
    url: RwSignal<String>,
}

impl Trial {
    pub(super) fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self { text: empty(), headline: empty(), url: empty() }
    }

    fn with<T>(self, look: impl FnOnce(First<'_>) -> T) -> Option<T> {
        let (text, headline, url) = (self.text.get(), self.headline.get(), self.url.get());
        if text.is_empty() && headline.is_empty() && url.is_empty() {
            return None;
        }
        let by_ad = !(headline.is_empty() && url.is_empty());
        let source = if by_ad { Source::Ad { headline, body: String::new(), url } } else { Source::Organic };
        Some(look(First { text: &text, source: &source }))
    }
}

#[component]
pub(super) fn Rules(definitions: Definitions) -> impl IntoView {
    let editing = expect_context::<Editing>();
    let trial = expect_context::<Trial>();
    let Definitions { categories, rules } = definitions;
    let tags: Vec<Tag> = categories.into_iter().flat_map(|category| category.tags).collect();
    let possible = tags.iter().any(|tag| tag.draft.kind == Kind::FirstMessage && !tag.archived);
    let archived = |tag: TagId| tags.iter().any(|one| one.id == tag && one.archived);
    let mut in_force = rules.clone();
    in_force.retain(|rule| !archived(rule.draft.tag));
    let last = rules.len().saturating_sub(1);
    let lines =
        rules.iter().enumerate().map(|(n, rule)| line(editing, trial, &tags, rule, n == 0, n == last)).collect_view();
    let any = !rules.is_empty();
    view! {
        <section class="sheet category rules" aria-label="First Message rules">
            <header>
                <h2>"First Message rules"</h2>
                <button type="button" class="button small" disabled=!possible on:click=move |_| editing.begin(Doing::AddRule)>"New rule"</button>
            </header>
            <p class="dim">{if possible {
                "They tag new customers by the first message they ever write. Every rule that fits gives its tag."
            } else {
                "They tag new customers by the first message they ever write. Make a tag of the kind First Message first."
            }}</p>
            <ol>{lines}</ol>
            {any.then(|| try_it(trial, tags, in_force))}
        </section>
    }
    .into_any()
}

/// When a rule gives its tag.
pub(super) fn says(rule: &RuleDraft) -> String {
    if rule.words.is_empty() {
        format!("Whatever {}", place(rule.looks_at))
    } else {
        format!("When {} {} “{}”", place(rule.looks_at), way(rule.matches), rule.words)
    }
}

fn chip(tags: &[Tag], tag: TagId) -> Option<AnyView> {
    let found = tags.iter().find(|one| one.id == tag)?.clone();
    Some(
        view! { <span class="tag" data-colour=found.draft.colour.as_str() dir="auto">{found.draft.name}</span> }
            .into_any(),
    )
}

fn line(editing: Editing, trial: Trial, tags: &[Tag], rule: &Rule, first: bool, last: bool) -> AnyView {
    let (id, draft) = (rule.id, rule.draft.clone());
    let (edited, deleted) = (rule.clone(), rule.clone());
    let says = says(&draft);
    let archived = tags.iter().any(|tag| tag.id == draft.tag && tag.archived);
    let enabled = draft.enabled;
    let tried = draft.clone();
    let fits = Memo::new(move |_| enabled && !archived && trial.with(|first| tried.matches(first)) == Some(true));
    let gives = chip(tags, draft.tag);
    let switched = RuleDraft { enabled: !enabled, ..draft };
    let switch = move |_| editing.manage.act(api::change_tags(Change::ChangeRule { rule: id, to: switched.clone() }));
    view! {
        <li data-archived=(archived || !enabled).to_string() data-fits=move || fits.get().to_string()>
            <input type="checkbox" aria-label=format!("{says}: in force") prop:checked=enabled on:change=switch />
            <span class="says" dir="auto">{says.clone()}" "<span class="dim">"gives"</span>" "{gives}
                {archived.then(|| view! { <span class="dim">" (archived)"</span> })}
            </span>
            <button type="button" class="button small" aria-label=format!("Edit: {says}") on:click=move |_| editing.begin(Doing::EditRule(edited.clone()))>"Edit"</button>
            <button type="button" class="button small" aria-label=format!("Delete: {says}")
                on:click=move |_| editing.begin(Doing::DeleteRule(deleted.clone()))>"Delete"</button>
            {movers(editing, &says, first, last, move |towards| Change::MoveRule { rule: id, towards })}
        </li>
    }
    .into_any()
}

fn try_it(trial: Trial, tags: Vec<Tag>, rules: Vec<Rule>) -> AnyView {
    let outcome = move || {
        let earned = trial.with(|first| tags_for(&rules, first))?;
        if earned.is_empty() {
            return Some(view! { <span class="dim">"No rule fits: no tag."</span> }.into_any());
        }
        let chips = earned.into_iter().filter_map(|tag| chip(&tags, tag)).collect_view();
        Some(view! { <span class="dim">"Gives "</span>{chips} }.into_any())
    };
    view! {
        <div class="form trial">
            <label>"Try it: a first message"
                <input placeholder="Hello, what is the price?" maxlength="4096" bind:value=trial.text />
            </label>
            <div class="pair">
                <label>"Headline of the ad, if one led here"<input maxlength="200" bind:value=trial.headline /></label>
                <label>"Its address"<input maxlength="500" bind:value=trial.url /></label>
            </div>
            <p class="outcome" role="status">{outcome}</p>
        </div>
    }
    .into_any()
}
