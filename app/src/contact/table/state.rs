//! What the parts of the page share: whom it shows, in which order, who is chosen, and what is being done.

use super::again::Again;
use super::api;
use crate::AppError;
use crate::manage::Manage;
use crate::ui::poll;
use domain::contact::filter::Group;
use domain::contact::table::{Column, Counted, Key, Line, Question, Setting, Sort};
use domain::task::Task;
use domain::{ChatId, ContactId, SegmentId, TaskId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use std::collections::HashSet;

/// Longest filter read from an address, in bytes: nothing that a person put together is longer, and what was made to go
/// deep is no filter.
const LONGEST: usize = 8_000;

/// A line, and how often it was replaced: a row is drawn anew where that differs.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) line: Line,
    pub(super) times: u32,
}

/// The page's state.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) manage: Manage,
    pub(super) setting: RwSignal<Option<Result<Setting, AppError>>>,
    pub(super) filter: RwSignal<Group>,
    pub(super) sort: RwSignal<(Sort, bool)>,
    pub(super) segment: RwSignal<Option<SegmentId>>,
    pub(super) columns: RwSignal<Vec<Column>>,
    pub(super) lines: RwSignal<Vec<Shown>>,
    pub(super) next: RwSignal<Option<Key>>,
    pub(super) loaded: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<String>>,
    pub(super) counted: RwSignal<Option<Counted>>,
    pub(super) chosen: RwSignal<HashSet<ContactId>>,
    /// All that match are chosen, also those that are not loaded.
    pub(super) everybody: RwSignal<bool>,
    pub(super) peek: RwSignal<Option<Line>>,
    pub(super) tasks: RwSignal<Vec<Task>>,
    /// Tasks that this screen has seen under way, and that nobody has put aside.
    pub(super) followed: RwSignal<HashSet<TaskId>>,
    /// What is said while tasks are looked at in vain.
    pub(super) stalled: RwSignal<Option<&'static str>>,
    /// How many match that are not shown, as the rows stay where the reader left them.
    pub(super) news: RwSignal<i64>,
    /// Grows when the reader is led to the top.
    pub(super) led: RwSignal<u32>,
    /// Grows when the rows begin anew: an answer to an earlier question does not count.
    pub(super) asked: StoredValue<u32>,
    pub(super) busy: StoredValue<bool>,
    pub(super) again: StoredValue<Again>,
    /// Grows when tasks are looked at anew.
    pub(super) looks: poll::Looks,
}

impl Table {
    /// As the address says.
    pub(super) fn new(manage: Manage) -> Self {
        let query = use_query_map().get_untracked();
        let filter = query
            .get("filter")
            .filter(|text| text.len() < LONGEST)
            .and_then(|text| crate::json::read(text.as_bytes()).ok());
        let sort = query.get("sort").unwrap_or_default();
        let (word, descending) = sort.strip_prefix('-').map_or((sort.as_str(), false), |word| (word, true));
        let sort = word.parse().map_or((Sort::LastActive, true), |sort| (sort, descending));
        let segment = query.get("segment").and_then(|id| id.parse().ok());
        let table = Self {
            manage,
            setting: manage.load(api::contact_setting),
            filter: RwSignal::new(filter.unwrap_or_default()),
            sort: RwSignal::new(sort),
            segment: RwSignal::new(segment),
            columns: RwSignal::new(Column::USUAL.to_vec()),
            lines: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            loaded: RwSignal::new(false),
            problem: RwSignal::new(None),
            counted: RwSignal::new(None),
            chosen: RwSignal::new(HashSet::new()),
            everybody: RwSignal::new(false),
            peek: RwSignal::new(None),
            tasks: RwSignal::new(Vec::new()),
            followed: RwSignal::new(HashSet::new()),
            stalled: RwSignal::new(None),
            news: RwSignal::new(0),
            led: RwSignal::new(0),
            asked: StoredValue::new(0),
            busy: StoredValue::new(false),
            again: StoredValue::new(Again::default()),
            looks: StoredValue::new(0),
        };
        table.follow();
        table
    }

    fn follow(self) {
        // The columns come once; afterwards they are this screen's.
        Effect::new(move |had: Option<bool>| {
            let columns = self.setting.with(|setting| match setting {
                Some(Ok(setting)) => Some(setting.columns.clone()),
                _ => None,
            });
            if had != Some(true)
                && let Some(columns) = &columns
            {
                self.columns.set(columns.clone());
            }
            had == Some(true) || columns.is_some()
        });
        let navigate = use_navigate();
        Effect::new(move |before: Option<()>| {
            let (filter, (sort, descending)) = (self.filter.get(), self.sort.get());
            let segment = self.segment.get();
            self.load();
            if before.is_none() {
                return;
            }
            let mut query = ParamsMap::new();
            if !filter.parts.is_empty() {
                query.insert("filter", serde_json::to_string(&filter).unwrap_or_default());
            }
            query.insert("sort", format!("{}{sort}", if descending { "-" } else { "" }));
            if let Some(segment) = segment {
                query.insert("segment", segment.to_string());
            }
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&format!("/contacts{}", query.to_query_string()), options);
        });
        self.manage.on_chats(Callback::new(move |chats: Vec<(ChatId, bool)>| self.hear(&chats)));
        // What changed of contacts who have no chat, and what somebody else does to many.
        Effect::new(move |before: Option<()>| {
            self.manage.contacts.track();
            if before.is_some() {
                self.refresh();
            }
            // While some are under way they are looked at anyway.
            if !self.tasks.with_untracked(|tasks| tasks.iter().any(|task| task.state.is_under_way())) {
                self.watch_tasks();
            }
        });
        Effect::new(move |_| {
            if !self.everybody.get() && self.chosen.with(HashSet::is_empty) {
                self.catch_up();
            }
        });
    }

    /// Begins the table anew.
    pub(super) fn load(self) {
        self.asked.update_value(|n| *n += 1);
        self.busy.set_value(false);
        self.chosen.update(HashSet::clear);
        self.everybody.set(false);
        self.loaded.set(false);
        self.next.set(None);
        self.lines.update(Vec::clear);
        self.counted.set(None);
        self.nothing_missed();
        self.ask(None);
        self.count();
    }

    /// The page after what is loaded.
    pub(super) fn more(self) {
        if let Some(next) = self.next.get_untracked() {
            self.ask(Some(next));
        }
    }

    fn ask(self, after: Option<Key>) {
        if self.busy.get_value() {
            return;
        }
        self.busy.set_value(true);
        let number = self.asked.get_value();
        let question = self.question();
        spawn_local(async move {
            let answer = api::contact_page(question, after).await;
            // Another question has been asked meanwhile: its answer counts.
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            self.busy.set_value(false);
            match answer {
                Ok(page) => {
                    self.problem.set(None);
                    self.next.set(page.next);
                    self.lines.update(|lines| {
                        // Whoever has moved on in the order meanwhile stays where they stand.
                        let shown: HashSet<_> = lines.iter().map(|shown| shown.line.id).collect();
                        let new = page.lines.into_iter().filter(|line| !shown.contains(&line.id) && !self.is_out(line));
                        lines.extend(new.map(|line| Shown { line, times: 0 }));
                    });
                    self.loaded.set(true);
                }
                Err(error) => {
                    self.problem.set(Some(error.to_string()));
                    if error.0 == domain::Error::SignedOut {
                        self.manage.failed(&error);
                    }
                }
            }
        });
    }

    /// Whom the table shows.
    pub(super) fn question(self) -> Question {
        let (sort, descending) = self.sort.get_untracked();
        Question { filter: self.filter.get_untracked(), sort, descending }
    }

    /// How many match now.
    pub(super) fn count(self) {
        let number = self.asked.get_value();
        let filter = self.filter.get_untracked();
        spawn_local(async move {
            let answer = api::count_contacts(filter).await;
            if self.asked.try_get_value() == Some(number)
                && let Ok(counted) = answer
            {
                self.counted.set(Some(counted));
                self.grown(counted.matching);
            }
        });
    }
}
