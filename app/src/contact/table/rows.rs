//! The table itself: only the rows in sight are in the page, further ones are loaded on the way.

use super::cells::{cell, width};
use super::state::{Shown, Table};
use crate::ui::{Avatar, For, Show, browser};
use domain::ContactId;
use domain::contact::table::{Column, Line, Sort};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;

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
    // Where the keyboard is, and with whom: rows come and go around it.
    let marked = RwSignal::new(None::<Mark>);
    // From whom a choice reaches with Shift.
    let anchor = StoredValue::new(None::<ContactId>);
    let length = Memo::new(move |_| table.lines.with(Vec::len));
    let range = Memo::new(move |_| {
        let (first, count) = position.get();
        let from = first.saturating_sub(SPARE).min(length.get());
        (from, (count + 2 * SPARE).min(length.get() - from))
    });
    let rows = move || {
        let (from, count) = range.get();
        table.lines.with(|lines| lines.iter().skip(from).take(count).cloned().collect::<Vec<Shown>>())
    };
    let look = move || {
        let Some(Some(element)) = scroller.try_get_untracked() else { return };
        let top = usize::try_from(element.scroll_top()).unwrap_or(0) / HEIGHT;
        let count = usize::try_from(element.client_height()).unwrap_or(0) / HEIGHT + 1;
        position.set((top, count));
        table.stands(top == 0);
        if top + count + 2 * SPARE >= length.get_untracked() {
            table.more();
        }
    };
    Effect::new(move |_| {
        length.get();
        table.next.track();
        request_animation_frame(look);
    });
    // Another order or filter begins at its top; so does whoever is led there, and the keyboard with them.
    Effect::new(move |before: Option<u32>| {
        table.filter.track();
        table.sort.track();
        let led = table.led.get();
        marked.set(None);
        anchor.set_value(None);
        if let Some(element) = scroller.get_untracked() {
            element.set_scroll_top(0);
            if before.is_some_and(|before| before != led) {
                let _ = element.focus();
            }
        }
        led
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
    let choose = Callback::new(move |(id, reach): (ContactId, bool)| {
        let Some(n) = place(table, id) else { return };
        let from = anchor.get_value().filter(|_| reach).and_then(|from| place(table, from)).unwrap_or(n);
        let ids: Vec<_> = table.lines.with_untracked(|lines| {
            let (low, high) = (from.min(n), from.max(n));
            lines.iter().skip(low).take(high - low + 1).map(|shown| shown.line.id).collect()
        });
        choose_these(table, &ids, reach);
        if !reach {
            anchor.set_value(Some(id));
        }
        marked.set(Some((n, id)));
    });
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        let key = event.key();
        let own = keys_of(&event);
        // The headings' keys are their own; so are those that press the button or tick the box that has the keyboard.
        let presses = own == Keys::Control && matches!(key.as_str(), " " | "Enter");
        if key != "Escape" && (presses || own == Keys::Headings) {
            return;
        }
        let last = length.get_untracked().saturating_sub(1);
        let mark = marked.get_untracked();
        let still = mark.and_then(|(_, id)| place(table, id));
        // Where they were who have gone.
        let at = still.or(mark.map(|(n, _)| n));
        let to = |n: usize| Some(n.min(last));
        let goes = match key.as_str() {
            "ArrowDown" => to(at.map_or(0, |n| n + 1)),
            "ArrowUp" => to(at.map_or(0, |n| n.saturating_sub(1))),
            "PageDown" => to(at.unwrap_or(0) + position.get_untracked().1),
            "PageUp" => to(at.unwrap_or(0).saturating_sub(position.get_untracked().1)),
            "Home" => to(0),
            "End" => to(last),
            " " => {
                event.prevent_default();
                if let Some((_, id)) = mark {
                    choose.run((id, event.shift_key()));
                }
                return;
            }
            "Enter" => {
                let line = table.lines.with_untracked(|lines| still.and_then(|n| lines.get(n).cloned()));
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
        let id = goes.and_then(|n| table.lines.with_untracked(|lines| lines.get(n).map(|shown| shown.line.id)));
        if let (Some(n), Some(id)) = (goes, id) {
            marked.set(Some((n, id)));
            show(scroller, n);
            if event.shift_key() {
                choose.run((id, true));
            }
        }
        if let Some(grid) = scroller.get_untracked().filter(|_| own == Keys::Control) {
            let _ = grid.focus();
        }
    };
    let active = move || {
        let (_, id) = marked.get()?;
        let (from, count) = range.get();
        let drawn = |lines: &Vec<Shown>| lines.iter().skip(from).take(count).any(|shown| shown.line.id == id);
        table.lines.with(drawn).then(|| row_id(id))
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
            <For each=rows key=|shown| (shown.line.id, shown.times) let:shown>
                <Row line=shown.line marked choose />
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

/// A row's place, and whose it is.
type Mark = (usize, ContactId);

/// Whom a key is meant for that was pressed within the table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Rows,
    Control,
    Headings,
}

fn keys_of(event: &leptos::ev::KeyboardEvent) -> Keys {
    let target = event.target().and_then(|target| target.dyn_into::<leptos::web_sys::Element>().ok());
    let within = |selector| target.as_ref().is_some_and(|target| matches!(target.closest(selector), Ok(Some(_))));
    if within(".headings") {
        Keys::Headings
    } else if within(".line :is(button, input)") {
        Keys::Control
    } else {
        Keys::Rows
    }
}

/// Where a contact stands now.
fn place(table: Table, id: ContactId) -> Option<usize> {
    table.lines.with_untracked(|lines| lines.iter().position(|shown| shown.line.id == id))
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
    // Drawn anew only where they differ: whoever sorts by the keyboard stays on the heading.
    let titles = Memo::new(move |_| {
        let titled = |column: Column| (super::words::column(table, column), column.sort());
        table.columns.get().into_iter().map(titled).collect::<Vec<_>>()
    });
    view! {
        <div class="line headings" role="row">
            <span role="columnheader">
                <input type="checkbox" aria-label="Choose all that are loaded" prop:checked=all on:change=toggle />
            </span>
            <Heading title="Name".to_owned() sort=Some(Sort::Name) />
            {move || titles.get().into_iter().map(|(title, sort)| view! { <Heading title sort /> }).collect_view()}
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
            <button type="button" class="sort" on:click=order>
                <span class="name">{title}</span>
                <i aria-hidden="true">{move || match sorted() { "ascending" => "↑", "descending" => "↓", _ => "" }}</i>
            </button>
        </span>
    }
    .into_any()
}

#[component]
fn Row(line: Line, marked: RwSignal<Option<Mark>>, choose: Callback<(ContactId, bool)>) -> impl IntoView {
    let table = expect_context::<Table>();
    let id = line.id;
    let n = Memo::new(move |_| {
        table.lines.with(|lines| lines.iter().position(|shown| shown.line.id == id)).unwrap_or_default()
    });
    let chosen = Memo::new(move |_| table.everybody.get() || table.chosen.with(|chosen| chosen.contains(&id)));
    let title = line.title();
    let label = format!("Choose {title}");
    let looked = Memo::new(move |_| table.peek.with(|peek| peek.as_ref().is_some_and(|peek| peek.id == id)));
    let (opened, celled) = (line.clone(), line.clone());
    let reach = StoredValue::new(false);
    view! {
        <div class="line" role="row" id=row_id(id) aria-rowindex=move || (n.get() + 2).to_string()
            aria-selected=move || chosen.get().to_string() data-looked=move || looked.get().to_string()
            data-marked=move || marked.get().is_some_and(|(_, marked)| marked == id).to_string()>
            <span role="gridcell">
                <input type="checkbox" tabindex="-1" aria-label=label prop:checked=chosen
                    on:click=move |event| reach.set_value(event.shift_key())
                    on:change=move |_| choose.run((id, reach.get_value())) />
            </span>
            <span role="gridcell" class="named">
                <Avatar name=title.clone() id=id.0.as_u128() />
                <button type="button" class="open" tabindex="-1" dir="auto" on:mousedown=|event| event.prevent_default()
                    on:click=move |_| { marked.set(Some((n.get_untracked(), id))); table.peek.set(Some(opened.clone())); browser::reveal("peek") }>{title}</button>
                {line.blocked.then(|| view! { <span class="badge bad">"blocked"</span> })}
            </span>
            {move || table.columns.get().into_iter().map(|column| {
                view! { <span role="gridcell">{cell(table, &celled, column)}</span> }
            }).collect_view()}
        </div>
    }
    .into_any()
}
