//! The filter as chips: each condition opens by a click, brackets stand around groups.

use super::condition::ConditionDialog;
use super::state::Table;
use crate::ui::Icon;
use domain::contact::filter::{Condition, DEEPEST, Group, Join, Part};
use leptos::prelude::*;

/// Where a condition stands: the places of the groups around it, then its own; without one it is new there.
pub(super) type At = (Vec<usize>, Option<usize>);

/// The filter.
#[component]
pub(super) fn Filter() -> impl IntoView {
    let table = expect_context::<Table>();
    let editing = RwSignal::new(None::<At>);
    view! {
        <div class="filter" role="group" aria-label="Filter">
            {move || group(table, editing, &table.filter.get(), &[])}
        </div>
        <ConditionDialog editing />
    }
    .into_any()
}

/// The group at a place.
pub(super) fn reach<'a>(root: &'a mut Group, path: &[usize]) -> Option<&'a mut Group> {
    path.iter().try_fold(root, |group, n| match group.parts.get_mut(*n) {
        Some(Part::Group(inner)) => Some(inner),
        _ => None,
    })
}

fn group(table: Table, editing: RwSignal<Option<At>>, shown: &Group, path: &[usize]) -> AnyView {
    let change = move |path: &[usize], change: &dyn Fn(&mut Group)| {
        table.filter.update(|root| {
            if let Some(group) = reach(root, path) {
                change(group);
            }
        });
    };
    let parts: Vec<_> = shown
        .parts
        .iter()
        .enumerate()
        .map(|(n, part)| {
            let word = (n > 0).then(|| view! {
                <span class="word">{if shown.join == Join::All { "and" } else { "or" }}</span>
            });
            let inner = match part {
                Part::Condition(condition) => chip(table, editing, condition, path.to_vec(), n),
                Part::Group(inner) => {
                    let below: Vec<_> = path.iter().copied().chain([n]).collect();
                    let path = path.to_vec();
                    view! {
                        <span class="brackets" role="group" aria-label="Brackets">
                            {group(table, editing, inner, &below)}
                            <button type="button" class="quiet" aria-label="Take the brackets away"
                                on:click=move |_| change(&path, &|group| drop(group.parts.remove(n)))><Icon name="close" /></button>
                        </span>
                    }
                    .into_any()
                }
            };
            view! { {word}{inner} }
        })
        .collect();
    let (many, all) = (parts.len() > 1, shown.join == Join::All);
    let (added, joined, nested) = (path.to_vec(), path.to_vec(), path.to_vec());
    let below: Vec<_> = path.iter().copied().chain([shown.parts.len()]).collect();
    let deep = path.len() + 1 >= DEEPEST;
    let other = if all { Join::Any } else { Join::All };
    view! {
        {parts}
        <button type="button" class="button small add" on:click=move |_| editing.set(Some((added.clone(), None)))>"+ Condition"</button>
        {(!deep && !shown.parts.is_empty()).then(|| view! {
            <button type="button" class="link" title="Conditions in brackets, joined the other way"
                on:click=move |_| {
                    change(&nested, &|group| group.parts.push(Part::Group(Group { join: other, parts: Vec::new() })));
                    editing.set(Some((below.clone(), None)));
                }>"+ Brackets"</button>
        })}
        {many.then(|| view! {
            <button type="button" class="link" on:click=move |_| change(&joined, &|group| group.join = other)>
                {if all { "Join by or" } else { "Join by and" }}
            </button>
        })}
        {(path.is_empty() && !shown.parts.is_empty()).then(|| view! {
            <button type="button" class="link" on:click=move |_| { table.segment.set(None); table.filter.set(Group::default()) }>"Clear"</button>
        })}
    }
    .into_any()
}

fn chip(table: Table, editing: RwSignal<Option<At>>, condition: &Condition, path: Vec<usize>, n: usize) -> AnyView {
    let words = super::words::condition(table, condition);
    let gone = super::words::is_gone(table, condition);
    let off = format!("Take away: {words}");
    let opened = path.clone();
    view! {
        <span class="asked" data-gone=gone.to_string()>
            <button type="button" class="words" dir="auto" title=if gone { "It is gone or archived: this holds for nobody" } else { "" }
                on:click=move |_| editing.set(Some((opened.clone(), Some(n))))>{words}</button>
            <button type="button" class="quiet" aria-label=off on:click=move |_| {
                table.filter.update(|root| {
                    if let Some(group) = reach(root, &path) {
                        group.parts.remove(n);
                    }
                });
            }><Icon name="close" /></button>
        </span>
    }
    .into_any()
}
