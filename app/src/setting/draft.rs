//! The settings as a page changes them: what is not saved yet, beside what others save meanwhile.

use super::api;
use crate::manage::Manage;
use domain::setting::{Merged, Settings, merge, told, with};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::RefCell;

thread_local! {
    /// What was not saved when another section was opened: what it was made from, and what it is.
    static KEPT: RefCell<Option<(Settings, Settings)>> = const { RefCell::new(None) };
}

/// The page's state.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    manage: Manage,
    /// As the server had them; of a setting that both changed, as it was before.
    base: RwSignal<Settings>,
    /// As they stand on the page.
    pub(super) mine: RwSignal<Settings>,
    /// As the server has them, and what both changed.
    theirs: RwSignal<(Settings, Vec<String>)>,
    /// Whether the page has them.
    pub(super) ready: RwSignal<bool>,
    /// Whether problems are shown: once it was tried to save.
    tried: RwSignal<bool>,
    pub(super) refused: RwSignal<Option<String>>,
    pub(super) saving: RwSignal<bool>,
}

impl Draft {
    /// Follows what the server has.
    pub(super) fn new(manage: Manage) -> Self {
        let draft = Self {
            manage,
            base: RwSignal::default(),
            mine: RwSignal::default(),
            theirs: RwSignal::default(),
            ready: RwSignal::new(false),
            tried: RwSignal::new(false),
            refused: RwSignal::new(None),
            saving: RwSignal::new(false),
        };
        on_cleanup(move || {
            if let (Some(base), Some(mine)) = (draft.base.try_get_untracked(), draft.mine.try_get_untracked())
                && base != mine
            {
                KEPT.set(Some((base, mine)));
            }
        });
        draft
    }

    /// Whether something is not saved.
    pub(super) fn dirty(self) -> bool {
        self.base.with(|base| self.mine.with(|mine| base != mine))
    }

    /// What the server has by now.
    pub(super) fn hear(self, theirs: Settings) {
        if !self.ready.get_untracked() {
            let (base, mine) = KEPT.take().unwrap_or_else(|| (theirs.clone(), theirs.clone()));
            self.base.set(base);
            self.mine.set(mine);
        }
        let before = self.base.get_untracked();
        let news = theirs != before && self.ready.get_untracked();
        self.join(&before, theirs);
        if news && untrack(|| self.dirty()) && self.clashes().get_untracked().is_empty() {
            self.manage.toasts.say("Somebody else has changed settings. You see theirs beside yours.");
        }
        self.ready.set(true);
    }

    fn join(self, base: &Settings, theirs: Settings) {
        let Ok(Merged { settings, clashes }) = merge(base, &self.mine.get_untracked(), &theirs) else { return };
        // What both changed stays as it was seen, so that the server refuses it until somebody has chosen.
        let base = clashes.iter().try_fold(theirs.clone(), |held, key| with(&held, key, base));
        self.base.set(base.unwrap_or_else(|_| theirs.clone()));
        self.mine.set(settings);
        self.theirs.set((theirs, clashes));
    }

    /// What both changed: the setting, and theirs in words.
    pub(super) fn clashes(self) -> Signal<Vec<(String, String)>> {
        Signal::derive(move || {
            let base = self.base.get();
            self.theirs.with(|(theirs, clashes)| {
                let words = |key: &String| told(key, &base, theirs).ok().map(|words| (key.clone(), words));
                clashes.iter().filter_map(words).collect()
            })
        })
    }

    /// Settles what both changed: by theirs, or by mine.
    pub(super) fn settle(self, key: &str, by_theirs: bool) {
        let (theirs, _) = self.theirs.get_untracked();
        let take = |settings: RwSignal<Settings>| {
            if let Ok(taken) = with(&settings.get_untracked(), key, &theirs) {
                settings.set(taken);
            }
        };
        take(self.base);
        if by_theirs {
            take(self.mine);
        }
        self.theirs.update(|(_, clashes)| clashes.retain(|other| other != key));
        self.refused.set(None);
    }

    /// As they are on the server again.
    pub(super) fn discard(self) {
        let (theirs, _) = self.theirs.get_untracked();
        self.mine.set(theirs.clone());
        self.base.set(theirs);
        self.theirs.update(|(_, clashes)| clashes.clear());
        self.tried.set(false);
        self.refused.set(None);
    }

    /// What is wrong with a field, once it was tried to save.
    pub(super) fn problem(self, field: impl Fn() -> String + Send + Sync + 'static) -> Signal<Option<String>> {
        Signal::derive(move || {
            let field = field();
            let find = |settings: &Settings| settings.problems().into_iter().find(|(of, _)| *of == field);
            self.tried.get().then(|| self.mine.with(find)).flatten().map(|(_, why)| why)
        })
    }

    /// Saves what was changed; `then` follows when it is done.
    pub(super) fn save(self, then: impl FnOnce() + 'static) {
        self.tried.set(true);
        let (before, sent) = (self.base.get_untracked(), self.mine.get_untracked());
        let problems = sent.problems();
        if !problems.is_empty() {
            let many = problems.len();
            let says = if many == 1 { problems[0].1.clone() } else { format!("{many} fields need another look.") };
            return self.refused.set(Some(says));
        }
        self.saving.set(true);
        spawn_local(async move {
            let answer = api::change_settings(before, sent.clone()).await;
            let _ = self.saving.try_set(false);
            match answer {
                Ok(held) => {
                    self.manage.toasts.say("Saved. It holds from now on.");
                    if self.refused.try_set(None).is_none() {
                        self.tried.set(false);
                        // What was typed meanwhile stays.
                        self.join(&sent, held);
                        then();
                    }
                }
                Err(error) => drop(self.refused.try_set(Some(error.to_string()))),
            }
        });
    }
}
