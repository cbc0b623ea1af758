//! The table itself: only the rows in sight are in the page, further ones are loaded on the way.

use super::state::{Shown, Table};
use crate::ui::time::{Style, Time};
use crate::ui::{Avatar, For, Show, browser};
use domain::ContactId;
use domain::contact::table::{Column, Line, Sort};
use leptos::html;
use leptos::prelude::*;

/// A row's height in pixels; the style sheet says the same.
const HEIGHT: usize = 44;
/// Rows kept ready above and below what is in sight.
const SPARE: usize = 10;

/// The rows under their headings. Arrow keys walk, Space chooses, Enter looks closer.
#[component]
pub(super) fn Rows() -> impl IntoView {
    let table = expect_context::<Table>();
    let scroller = NodeRef::<html::Div>::new();
    let (above, below) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let position = RwSignal::new((0_usize, 20_usize));
    let marked = RwSignal::new(None::<usize>);
    // From where a choice reaches with Shift.
    let anchor = StoredValue::new(None::<usize>);
    let length = Memo::new(move |_| table.lines.with(Vec::len));
    let range = Memo::new(move |_| {
        let (first, count) = position.get();
        let from = first.saturating_sub(SPARE).min(length.get());
        (from, (count + 2 * SPARE).min(length.get() - from))
    });
    let rows = move || {
        let (from, count) = range.get();
        table.lines.with(|lines| {
            let shown = lines.iter().enumerate().skip(from).take(count);
            shown.map(|(n, shown)| (n, shown.clone())).collect::<Vec<(usize, Shown)>>()
        })
    };
    let look = move || {
        let Some(Some(element)) = scroller.try_get_untracked() else { return };
        let top = usize::try_from(element.scroll_top()).unwrap_or(0) / HEIGHT;
        let count = usize::try_from(element.client_height()).unwrap_or(0) / HEIGHT + 1;
        position.set((top, count));
        if top + count + 2 * SPARE >= length.get_untracked() {
            table.more();
        }
    };
    Effect::new(move |_| {
        length.get();
        table.next.track();
        request_animation_frame(look);
    });
    // Another order or filter begins at its top.
    Effect::new(move |_| {
        table.filter.track();
        table.sort.track();
        marked.set(None);
        anchor.set_value(None);
        if let Some(element) = scroller.get_untracked() {
            element.set_scroll_top(0);
        }
    });
    // Through the object model, not as attributes: the Content-Security-Policy allows no inline styles.
    Effect::new(move |_| {
        // The length first: asked for `range`, which follows it, the effect takes the length for unchanged.
        let length = length.get();
        let (from, count) = range.get();
        let after = length.saturating_sub(from + count);
        for (spacer, rows) in [(above, from), (below, after)] {
            if let Some(spacer) = spacer.get() {
                let style = leptos::web_sys::HtmlElement::style(&spacer);
                let _ = style.set_property("height", &format!("{}px", rows * HEIGHT));
            }
        }
    });
    Effect::new(move |_| {
        let widths: Vec<_> = table.columns.with(|columns| columns.iter().map(|column| width(*column)).collect());
        if let Some(scroller) = scroller.get() {
            let style = leptos::web_sys::HtmlElement::style(&scroller);
            let _ = style.set_property("--columns", &format!("40px minmax(190px, 1.3fr) {}", widths.join(" ")));
        }
    });
    let choose = Callback::new(move |(n, reach): (usize, bool)| {
        let from = anchor.get_value().filter(|_| reach).unwrap_or(n);
        let ids: Vec<_> = table.lines.with_untracked(|lines| {
            let (low, high) = (from.min(n), from.max(n));
            lines.iter().skip(low).take(high - low + 1).map(|shown| shown.line.id).collect()
        });
        choose_these(table, &ids, reach);
        if !reach {
            anchor.set_value(Some(n));
        }
        marked.set(Some(n));
    });
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        let last = length.get_untracked().saturating_sub(1);
        let at = marked.get_untracked();
        let to = |n: usize| Some(n.min(last));
        let goes = match event.key().as_str() {
            "ArrowDown" => to(at.map_or(0, |n| n + 1)),
            "ArrowUp" => to(at.map_or(0, |n| n.saturating_sub(1))),
            "PageDown" => to(at.unwrap_or(0) + position.get_untracked().1),
            "PageUp" => to(at.unwrap_or(0).saturating_sub(position.get_untracked().1)),
            "Home" => to(0),
            "End" => to(last),
            " " => {
                event.prevent_default();
                if let Some(n) = at {
                    choose.run((n, event.shift_key()));
                }
                return;
            }
            "Enter" => {
                let line = table.lines.with_untracked(|lines| at.and_then(|n| lines.get(n).cloned()));
                table.peek.set(line.map(|shown| shown.line));
                return;
            }
            "Escape" => {
                table.chosen.update(std::collections::HashSet::clear);
                table.everybody.set(false);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        if let Some(n) = goes.filter(|_| length.get_untracked() > 0) {
            marked.set(Some(n));
            show(scroller, n);
            if event.shift_key() {
                choose.run((n, true));
            }
        }
    };
    let active = move || {
        let n = marked.get()?;
        table.lines.with(|lines| lines.get(n).map(|shown| row_id(shown.line.id)))
    };
    let empty = move || {
        let none = table.loaded.get() && length.get() == 0 && table.problem.with(Option::is_none);
        let filtered = table.filter.with(|filter| !filter.parts.is_empty());
        none.then_some(if filtered {
            "Nobody matches. Take a condition away, or join them by “or”."
        } else {
            "No contacts yet: whoever writes to your number appears here."
        })
    };
    let total = move || if table.next.with(Option::is_none) { (length.get() + 1).to_string() } else { "-1".into() };
    view! {
        <div class="grid" node_ref=scroller role="grid" tabindex="0" aria-label="Contacts" aria-multiselectable="true"
            aria-rowcount=total aria-activedescendant=active aria-busy=move || (!table.loaded.get()).to_string()
            on:scroll=move |_| look() on:keydown=pressed>
            <Headings />
            <div class="spacer" role="presentation" node_ref=above></div>
            <For each=rows key=|(n, shown)| (*n, shown.line.id, shown.times) let((n, shown))>
                <Row n line=shown.line marked choose />
            </For>
            <div class="spacer" role="presentation" node_ref=below></div>
        </div>
        <p class="empty" role="status">{empty}</p>
        {move || table.problem.get().map(|problem| view! {
            <div class="empty" role="alert">
                <p>{problem}</p>
                <button type="button" class="button" on:click=move |_| table.load()>"Try again"</button>
            </div>
        })}
        <Show when=move || !table.loaded.get() && table.problem.with(Option::is_none)>
            <div class="skeleton" aria-label="Loading"><i></i><i></i><i></i><i></i></div>
        </Show>
    }
    .into_any()
}

/// A reach is added; a single one changes sides.
fn choose_these(table: Table, ids: &[ContactId], reach: bool) {
    if table.everybody.get_untracked() {
        // From all that match, this one is taken out: what is loaded remains chosen.
        table.everybody.set(false);
        let loaded = table.lines.with_untracked(|lines| lines.iter().map(|shown| shown.line.id).collect());
        table.chosen.set(loaded);
    }
    table.chosen.update(|chosen| {
        for id in ids {
            if !chosen.insert(*id) && !reach {
                chosen.remove(id);
            }
        }
    });
}

/// Scrolls as little as it takes, the headings' height aside.
fn show(scroller: NodeRef<html::Div>, n: usize) {
    let Some(element) = scroller.get_untracked() else { return };
    let pixels = |rows: usize| i32::try_from(rows * HEIGHT).unwrap_or(i32::MAX);
    let (top, height) = (element.scroll_top(), element.client_height() - pixels(1));
    if pixels(n) < top {
        element.set_scroll_top(pixels(n));
    } else if pixels(n + 1) > top + height {
        element.set_scroll_top(pixels(n + 1) - height);
    }
}

fn row_id(id: ContactId) -> String {
    format!("contact-{id}")
}

#[component]
fn Headings() -> impl IntoView {
    let table = expect_context::<Table>();
    let all = move || {
        let many = table.lines.with(Vec::len);
        table.everybody.get() || (many > 0 && table.chosen.with(|chosen| chosen.len() >= many))
    };
    let toggle = move |_| {
        let on = !untrack(all);
        table.everybody.set(false);
        let loaded = table.lines.with_untracked(|lines| lines.iter().map(|shown| shown.line.id).collect());
        table.chosen.set(if on { loaded } else { std::collections::HashSet::new() });
    };
    view! {
        <div class="line headings" role="row">
            <span role="columnheader">
                <input type="checkbox" aria-label="Choose all that are loaded" prop:checked=all on:change=toggle />
            </span>
            <Heading title="Name".to_owned() sort=Some(Sort::Name) />
            {move || table.columns.get().into_iter().map(|column| {
                view! { <Heading title=super::words::column(table, column) sort=column.sort() /> }
            }).collect_view()}
        </div>
    }
    .into_any()
}

#[component]
fn Heading(title: String, sort: Option<Sort>) -> impl IntoView {
    let table = expect_context::<Table>();
    let Some(sort) = sort else {
        return view! { <span role="columnheader"><span class="name" dir="auto">{title}</span></span> }.into_any();
    };
    let by = move || table.sort.get().0 == sort;
    let sorted = move || match (by(), table.sort.get().1) {
        (false, _) => "none",
        (true, false) => "ascending",
        (true, true) => "descending",
    };
    // Names begin with A, times and numbers with the greatest.
    let order = move |_| {
        table.sort.update(|now| *now = if now.0 == sort { (sort, !now.1) } else { (sort, sort != Sort::Name) });
    };
    view! {
        <span role="columnheader" aria-sort=sorted>
            <button type="button" class="sort" tabindex="-1" on:click=order>
                <span class="name">{title}</span>
                <i aria-hidden="true">{move || match sorted() { "ascending" => "↑", "descending" => "↓", _ => "" }}</i>
            </button>
        </span>
    }
    .into_any()
}

#[component]
fn Row(n: usize, line: Line, marked: RwSignal<Option<usize>>, choose: Callback<(usize, bool)>) -> impl IntoView {
    let table = expect_context::<Table>();
    let id = line.id;
    let chosen = Memo::new(move |_| table.everybody.get() || table.chosen.with(|chosen| chosen.contains(&id)));
    let title = line.title();
    let label = format!("Choose {title}");
    let looked = Memo::new(move |_| table.peek.with(|peek| peek.as_ref().is_some_and(|peek| peek.id == id)));
    let (opened, celled) = (line.clone(), line.clone());
    let reach = StoredValue::new(false);
    view! {
        <div class="line" role="row" id=row_id(id) aria-rowindex=(n + 2).to_string()
            aria-selected=move || chosen.get().to_string() data-looked=move || looked.get().to_string()
            data-marked=move || (marked.get() == Some(n)).to_string()>
            <span role="gridcell">
                <input type="checkbox" tabindex="-1" aria-label=label prop:checked=chosen
                    on:click=move |event| reach.set_value(event.shift_key())
                    on:change=move |_| choose.run((n, reach.get_value())) />
            </span>
            <span role="gridcell" class="named">
                <Avatar name=title.clone() id=id.0.as_u128() />
                <button type="button" class="open" tabindex="-1" dir="auto" on:mousedown=|event| event.prevent_default()
                    on:click=move |_| { marked.set(Some(n)); table.peek.set(Some(opened.clone())); browser::reveal("peek") }>{title}</button>
                {line.blocked.then(|| view! { <span class="badge bad">"blocked"</span> })}
            </span>
            {move || table.columns.get().into_iter().map(|column| {
                view! { <span role="gridcell">{cell(table, &celled, column)}</span> }
            }).collect_view()}
        </div>
    }
    .into_any()
}

/// A contact's value in a column.
pub(super) fn cell(table: Table, line: &Line, column: Column) -> AnyView {
    match column {
        Column::Phone => line.phone.as_ref().map(ToString::to_string).into_any(),
        Column::Username => line.username.as_ref().map(|name| format!("@{name}")).into_any(),
        Column::Status => {
            let status = line.chat.map(|(_, _, status)| status.to_string());
            status
                .map(|status| view! { <span class="status" data-status=status.to_lowercase()>{status.clone()}</span> })
                .into_any()
        }
        Column::Tags => {
            let labels = super::words::labels(table, &line.tags);
            let tag = |label: domain::tag::Label| {
                view! { <span class="tag" data-colour=label.colour.as_str() dir="auto"><span>{label.name}</span></span> }
            };
            view! { <span class="carried">{labels.into_iter().map(tag).collect_view()}</span> }.into_any()
        }
        Column::LastActive => line.last_active.map(|at| view! { <Time at style=Style::Short /> }).into_any(),
        Column::FirstSeen => view! { <Time at=line.first_seen style=Style::Short /> }.into_any(),
        Column::Source => view! { <span dir="auto">{line.source.to_string()}</span> }.into_any(),
        Column::SessionMessages => line.session_messages.into_any(),
        Column::TemplateMessages => line.template_messages.into_any(),
        Column::Unresolved => line.unresolved.into_any(),
        Column::Opted => line
            .opted
            .map(|opted| match opted {
                domain::contact::Opted::In => "Opted in",
                domain::contact::Opted::Out => "Opted out",
            })
            .into_any(),
        Column::Blocked => line.blocked.then_some("Blocked").into_any(),
        Column::Attribute(id) => {
            let value = line.values.iter().find(|(attribute, _)| *attribute == id).map(|(_, value)| value.clone());
            let shown =
                value.map(|value| super::words::shape(table, id).map_or(value.clone(), |shape| shape.show(&value)));
            view! { <span dir="auto">{shown}</span> }.into_any()
        }
    }
}

fn width(column: Column) -> &'static str {
    match column {
        Column::Tags => "minmax(180px, 1.4fr)",
        Column::Phone | Column::Username | Column::Source | Column::Attribute(_) => "minmax(140px, 1fr)",
        Column::Status => "minmax(126px, 0.6fr)",
        _ => "minmax(108px, 0.6fr)",
    }
}
