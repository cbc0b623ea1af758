//! The table while the page stays open: who is out of sight leaves at once, everything else is asked about again. The
//! rows are put in order anew only while the reader stands at the top with nobody chosen; else they stay where they are,
//! and the head says how many are new.

use super::api;
use super::state::{Shown, Table};
use crate::ui::browser;
use domain::contact::table::{COUNTED, Key, Line, MOST_AGAIN, Page, Place, Sort};
use domain::{ChatId, ContactId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::{HashMap, HashSet};

/// From the first of many changes until they are asked about, in milliseconds.
const SOON: u32 = 300;
/// The shortest time from an answer to the next question.
const EVERY: u32 = 2000;

/// What of the changes is not shown yet.
#[derive(Default)]
pub(super) struct Again {
    /// A question is about to be asked.
    due: bool,
    /// One is on its way.
    asking: bool,
    /// When the last answer came, by the browser's clock.
    answered: i64,
    /// The reader stands at the top.
    at_top: bool,
    /// The rows stay where they are although others may belong between them.
    behind: bool,
    /// Of the table's first page, how many are not shown.
    unseen: i64,
    /// How many matched when the rows began, or fewer if there were fewer since.
    matched: Option<i64>,
    /// Chats that were told to be out of sight: an older answer must not bring them back.
    out: HashSet<ChatId>,
}

impl Table {
    /// Takes what a frame tells of chats, and whether each is in sight; nothing where all may have changed.
    pub(super) fn hear(self, chats: &[(ChatId, bool)]) {
        let heard = self.again.try_update_value(|again| {
            if chats.is_empty() {
                again.out.clear();
            }
            for (chat, seen) in chats {
                if *seen {
                    again.out.remove(chat);
                } else {
                    again.out.insert(*chat);
                }
            }
        });
        // The page may have gone.
        if heard.is_none() {
            return;
        }
        if self.lines.with_untracked(|lines| lines.iter().any(|shown| self.is_out(&shown.line))) {
            self.lines.update(|lines| lines.retain(|shown| !self.is_out(&shown.line)));
        }
        if self.peek.with_untracked(|peek| peek.as_ref().is_some_and(|line| self.is_out(line))) {
            self.peek.set(None);
        }
        self.refresh();
    }

    /// Whether a frame has told that the contact's chat is out of sight.
    pub(super) fn is_out(self, line: &Line) -> bool {
        line.chat.is_some_and(|(chat, ..)| self.again.with_value(|again| again.out.contains(&chat)))
    }

    /// Asks again, soon, but never at once after an answer: many changes are one question.
    pub(super) fn refresh(self) {
        let wait = self.again.try_update_value(|again| {
            let wait = pause(again.answered, browser::now_ms());
            (!std::mem::replace(&mut again.due, true)).then_some(wait)
        });
        let Some(Some(wait)) = wait else { return };
        spawn_local(async move {
            browser::wait(wait).await;
            while self.again.try_with_value(|again| again.asking) == Some(true) {
                browser::wait(SOON).await;
            }
            let begun = self.again.try_update_value(|again| {
                again.due = false;
                again.asking = true;
            });
            if begun.is_none() {
                return;
            }
            self.ask_again().await;
            let _ = self.again.try_update_value(|again| {
                again.asking = false;
                again.answered = browser::now_ms();
            });
        });
    }

    async fn ask_again(self) {
        let number = self.asked.get_value();
        let page = api::contact_page(self.question(), None).await;
        // Another question has been asked meanwhile: its answer counts.
        if self.asked.try_get_value() != Some(number) {
            return;
        }
        let free = self.is_free();
        if let Ok(page) = page {
            if free {
                self.begin_with(page);
            } else {
                self.compare(&page);
            }
        }
        self.count();
        let ids = if free { Vec::new() } else { self.loaded_ids() };
        let peek = self.peek.with_untracked(|peek| peek.as_ref().map(|line| line.id));
        let ids: Vec<_> = ids.into_iter().chain(peek).collect();
        if ids.is_empty() {
            return;
        }
        let number = self.asked.get_value();
        if let Ok(lines) = api::contact_lines(ids.clone()).await
            && self.asked.try_get_value() == Some(number)
        {
            self.replace(&ids, lines);
        }
    }

    /// Whether rows may move: nobody has scrolled to some of them or chosen any.
    fn is_free(self) -> bool {
        let nobody = !self.everybody.get_untracked() && self.chosen.with_untracked(HashSet::is_empty);
        nobody && self.again.with_value(|again| again.at_top)
    }

    /// The table from its beginning; what lies further down is loaded again on the way there.
    fn begin_with(self, page: Page) {
        self.asked.update_value(|n| *n += 1);
        self.busy.set_value(false);
        self.problem.set(None);
        self.lines.update(|lines| {
            let mut before: HashMap<_, _> = lines.drain(..).map(|shown| (shown.line.id, shown)).collect();
            let now = page.lines.into_iter().filter(|line| !self.is_out(line));
            lines.extend(now.map(|line| match before.remove(&line.id) {
                Some(shown) if shown.line == line => shown,
                Some(shown) => Shown { line, times: shown.times + 1 },
                None => Shown { line, times: 0 },
            }));
        });
        self.next.set(page.next);
        self.loaded.set(true);
        self.nothing_missed();
    }

    /// The rows are what the server has, from here on.
    pub(super) fn nothing_missed(self) {
        self.again.update_value(|again| {
            again.behind = false;
            again.unseen = 0;
            again.matched = None;
        });
        self.news.set(0);
    }

    /// Rows stay where they are: whoever is new on the first page is only counted.
    fn compare(self, page: &Page) {
        let shown: HashSet<_> = self.loaded_ids().into_iter().collect();
        let unseen = page.lines.iter().filter(|line| !shown.contains(&line.id) && !self.is_out(line)).count();
        self.again.update_value(|again| {
            again.behind = true;
            again.unseen = i64::try_from(unseen).unwrap_or(0);
        });
    }

    /// So many match now: more than there were are new, too, wherever they stand.
    pub(super) fn grown(self, matching: i64) {
        let news = self.again.try_update_value(|again| {
            let before = again.matched.map_or(matching, |before| before.min(matching));
            again.matched = Some(before);
            let more = if matching > COUNTED { 0 } else { matching - before };
            if again.behind { again.unseen.max(more) } else { 0 }
        });
        if let Some(news) = news {
            self.news.set(news);
        }
    }

    /// Leads to the top, where those who are new are shown.
    pub(super) fn show_news(self) {
        self.led.update(|times| *times += 1);
        let number = self.asked.get_value();
        spawn_local(async move {
            let page = api::contact_page(self.question(), None).await;
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            match page {
                Ok(page) => {
                    self.begin_with(page);
                    self.count();
                }
                Err(error) => self.manage.failed(&error),
            }
        });
    }

    /// Where the reader stands. Back at the top, what was missed is shown.
    pub(super) fn stands(self, at_top: bool) {
        let came = self.again.try_update_value(|again| !std::mem::replace(&mut again.at_top, at_top) && at_top);
        if came == Some(true) {
            self.catch_up();
        }
    }

    /// Once rows may move again, what was missed is shown.
    pub(super) fn catch_up(self) {
        if self.is_free() && self.again.with_value(|again| again.behind) {
            self.refresh();
        }
    }

    /// The loaded contacts, of whom as many are kept as can be asked about; one place is for who is looked at closely.
    fn loaded_ids(self) -> Vec<ContactId> {
        if self.lines.with_untracked(Vec::len) >= MOST_AGAIN {
            // What lies further down is loaded again on the way there.
            self.lines.update(|lines| lines.truncate(MOST_AGAIN - 1));
            let sort = self.sort.get_untracked().0;
            self.next.set(self.lines.with_untracked(|lines| lines.last().map(|shown| key(&shown.line, sort))));
        }
        self.lines.with_untracked(|lines| lines.iter().map(|shown| shown.line.id).collect())
    }

    /// Of these contacts whoever is out of sight leaves, and whoever changed is drawn anew.
    fn replace(self, asked: &[ContactId], lines: Vec<Line>) {
        let asked: HashSet<_> = asked.iter().copied().collect();
        let mut found: HashMap<_, _> = lines.into_iter().map(|line| (line.id, line)).collect();
        if let Some(peek) = self.peek.get_untracked().filter(|peek| asked.contains(&peek.id)) {
            let now = found.get(&peek.id).filter(|line| !self.is_out(line));
            if now != Some(&peek) {
                self.peek.set(now.cloned());
            }
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
}

/// Milliseconds until the next question, where the last answer came then; a clock that was set back prolongs nothing.
fn pause(answered: i64, now: i64) -> u32 {
    let rest = answered.saturating_add(i64::from(EVERY)).saturating_sub(now);
    rest.clamp(i64::from(SOON), i64::from(EVERY)).try_into().unwrap_or(EVERY)
}

/// A line's place in the table's order, as the server has it.
fn key(line: &Line, sort: Sort) -> Key {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_in_two_seconds_is_enough() {
        let answered = 1_000_000;
        for (later, wait) in [(0, EVERY), (500, 1500), (1700, SOON), (1900, SOON), (60_000, SOON), (-60_000, EVERY)] {
            assert_eq!(pause(answered, answered + later), wait, "{later} ms after the answer");
        }
        assert_eq!(pause(0, answered), SOON, "the first");
    }
}
