//! What is done to many contacts, as this screen begins and follows it.

use super::api;
use super::state::Table;
use crate::AppError;
use crate::ui::{browser, poll};
use domain::TaskId;
use domain::task::{Action, Target, Task};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::HashSet;

/// How often tasks under way are looked at, in milliseconds.
const EVERY: u32 = 500;

impl Table {
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
        // An answer from before what was just begun does not end the looking: another look has begun by then.
        let took = move |tasks| {
            self.stalled.set(None);
            self.moved_to(tasks)
        };
        let failed = move |error: AppError, words: Option<&'static str>| {
            self.stalled.set(words);
            if words.is_none() {
                self.manage.failed(&error);
            }
        };
        poll::look(self.looks, EVERY, api::latest_tasks, took, failed);
    }

    /// Shows how far they are; tells whether one is under way still.
    fn moved_to(self, tasks: Vec<Task>) -> bool {
        let under_way: HashSet<_> = tasks.iter().filter(|task| task.state.is_under_way()).map(|task| task.id).collect();
        let moved = self.tasks.with_untracked(|before| !before.is_empty() && *before != tasks);
        if !under_way.is_empty() {
            self.followed.update(|followed| followed.extend(&under_way));
        }
        self.tasks.set(tasks);
        if moved {
            self.refresh();
        }
        !under_way.is_empty()
    }
}
