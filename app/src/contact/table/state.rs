//! What the parts of the page share: whom it shows, in which order, who is chosen, and what is being done.

use super::api;
use crate::AppError;
use crate::manage::Manage;
use crate::ui::browser;
use domain::contact::filter::Group;
use domain::contact::table::{Column, Counted, Key, Line, MOST_AGAIN, Question, Setting, Sort};
use domain::task::{Action, Target, Task};
use domain::{ChatId, ContactId, SegmentId, TaskId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use leptos_router::params::ParamsMap;
use std::collections::HashSet;
use std::time::Duration;

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
    asked: StoredValue<u32>,
    busy: StoredValue<bool>,
    /// Whether somebody is about to ask again.
    again: StoredValue<bool>,
    polling: StoredValue<bool>,
}

impl Table {
    /// As the address says.
    pub(super) fn new(manage: Manage) -> Self {
        let query = use_query_map().get_untracked();
        let filter = query.get("filter").and_then(|text| serde_json::from_slice(text.as_bytes()).ok());
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
            asked: StoredValue::new(0),
            busy: StoredValue::new(false),
            again: StoredValue::new(false),
            polling: StoredValue::new(false),
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
        Effect::new(move |_| self.watch_tasks());
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
        let (sort, descending) = self.sort.get_untracked();
        let question = Question { filter: self.filter.get_untracked(), sort, descending };
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
                        lines.extend(page.lines.into_iter().map(|line| Shown { line, times: 0 }));
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

    fn count(self) {
        let number = self.asked.get_value();
        let filter = self.filter.get_untracked();
        spawn_local(async move {
            let answer = api::count_contacts(filter).await;
            if self.asked.try_get_value() == Some(number)
                && let Ok(counted) = answer
            {
                self.counted.set(Some(counted));
            }
        });
    }

    /// Whoever is out of sight leaves at once; whoever else was told of is asked about again, where they stand.
    fn hear(self, chats: &[(ChatId, bool)]) {
        let hidden =
            |line: &Line| line.chat.is_some_and(|(chat, ..)| chats.iter().any(|(told, seen)| *told == chat && !seen));
        self.lines.try_update(|lines| {
            if lines.iter().any(|shown| hidden(&shown.line)) {
                lines.retain(|shown| !hidden(&shown.line));
            }
        });
        if self.peek.try_with_untracked(|peek| peek.as_ref().is_some_and(hidden)) == Some(true) {
            self.peek.set(None);
        }
        self.refresh();
    }

    /// Asks about the loaded lines again, soon: many changes are one question.
    pub(super) fn refresh(self) {
        if self.again.try_get_value() != Some(false) {
            return;
        }
        self.again.set_value(true);
        set_timeout(
            move || {
                if self.again.try_get_value().is_none() {
                    return;
                }
                self.again.set_value(false);
                // What lies further down is loaded again on the way there.
                self.lines.update(|lines| {
                    if lines.len() > MOST_AGAIN {
                        lines.truncate(MOST_AGAIN);
                        self.next.set(lines.last().map(|shown| key(&shown.line, self.sort.get_untracked().0)));
                    }
                });
                let ids: Vec<_> = self.lines.with_untracked(|lines| lines.iter().map(|shown| shown.line.id).collect());
                let number = self.asked.get_value();
                spawn_local(async move {
                    let Ok(lines) = api::contact_lines(ids.clone()).await else { return };
                    if self.asked.try_get_value() == Some(number) {
                        self.replace(&ids, lines);
                    }
                });
                self.count();
            },
            Duration::from_millis(300),
        );
    }

    fn replace(self, asked: &[ContactId], lines: Vec<Line>) {
        let asked: HashSet<_> = asked.iter().copied().collect();
        let mut found: std::collections::HashMap<_, _> = lines.into_iter().map(|line| (line.id, line)).collect();
        if let Some(peek) = self.peek.get_untracked().filter(|peek| asked.contains(&peek.id)) {
            self.peek.set(found.get(&peek.id).cloned());
        }
        self.lines.update(|lines| {
            lines.retain_mut(|shown| match found.remove(&shown.line.id) {
                Some(line) => {
                    if line != shown.line {
                        *shown = Shown { line, times: shown.times + 1 };
                    }
                    true
                }
                None => !asked.contains(&shown.line.id),
            });
        });
    }

    /// Who is chosen, for the server.
    pub(super) fn target(self) -> Target {
        if self.everybody.get_untracked() {
            Target::Matching(self.filter.get_untracked())
        } else {
            Target::Chosen(self.chosen.get_untracked().into_iter().collect())
        }
    }

    /// Writes contacts into a file with the columns that are shown, and takes it away; the corner shows how far it is.
    pub(super) fn export(self, target: Target) {
        let columns = self.columns.get_untracked();
        spawn_local(async move {
            match api::begin_task(Action::Export { columns }, target).await {
                Ok(id) => {
                    self.follow_task(id);
                    browser::download(&format!("/export/contacts/{id}.csv"));
                    self.watch_tasks();
                }
                Err(error) => self.manage.failed(&error),
            }
        });
    }

    /// Shows a task in the corner.
    pub(super) fn follow_task(self, id: TaskId) {
        self.followed.update(|followed| followed.extend([id]));
    }

    /// Shows it there no more.
    pub(super) fn put_aside(self, id: TaskId) {
        self.followed.update(|followed| followed.retain(|one| *one != id));
    }

    /// Looks at the tasks until none is under way.
    pub(super) fn watch_tasks(self) {
        if self.polling.try_get_value() != Some(false) {
            return;
        }
        self.polling.set_value(true);
        spawn_local(async move {
            loop {
                let Ok(tasks) = api::latest_tasks().await else { break };
                let under_way: HashSet<_> =
                    tasks.iter().filter(|task| task.state.is_under_way()).map(|task| task.id).collect();
                let before = self.tasks.try_get_untracked();
                if before.is_none() {
                    return;
                }
                let moved = before.is_some_and(|before| !before.is_empty() && before != tasks);
                self.followed.update(|followed| followed.extend(&under_way));
                self.tasks.set(tasks);
                if moved {
                    self.refresh();
                }
                if under_way.is_empty() {
                    break;
                }
                browser::wait(500).await;
            }
            let _ = self.polling.try_set_value(false);
        });
    }
}

/// A line's place in the table's order, as the server has it.
fn key(line: &Line, sort: Sort) -> Key {
    use domain::contact::table::Place;
    let of = match sort {
        Sort::Name => {
            let name = line.name.clone().unwrap_or_default();
            Place::Words(name.chars().take(100).collect::<String>().to_lowercase())
        }
        Sort::LastActive => Place::At(line.last_active),
        Sort::FirstSeen => Place::At(Some(line.first_seen)),
        Sort::Unresolved => Place::Number(line.unresolved),
    };
    Key { of, id: line.id }
}
