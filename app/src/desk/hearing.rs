//! What the live socket says, done to this screen.

use super::state::{Desk, Live, Open};
use crate::ui::browser;
use domain::feed::{ChatChange, Frame};
use leptos::prelude::*;

impl Desk {
    /// Does what the server says.
    pub fn hear(self, frame: Frame) {
        match frame {
            Frame::Hello { now } => self.clock.correct(now),
            Frame::Changes { upto, changes, counts, longest_wait, presence, now } => {
                self.clock.correct(now);
                self.inbox.update(|inbox| {
                    for change in &changes {
                        inbox.hear(change.chat, change.row.as_ref(), upto);
                    }
                    if let Some(counts) = counts {
                        inbox.counts = counts;
                    }
                    inbox.longest_wait = longest_wait;
                    inbox.cursor = inbox.cursor.max(upto);
                });
                if let Some(presence) = presence {
                    self.me.update(|me| me.member.presence = presence);
                }
                let open = self.open_chat_untracked();
                for change in changes {
                    if Some(change.chat) == open {
                        self.changed(change);
                    }
                }
            }
            Frame::Live => self.live.set(Live::Live),
            Frame::Resync => self.resync(),
            Frame::SignedOut => browser::go(&format!("/sign-in?then={}", browser::here())),
        }
    }

    fn changed(self, change: ChatChange) {
        let ChatChange { chat, row, gained, messages } = change;
        let Some(row) = row.filter(|row| row.content.is_some()) else { return self.lose(chat) };
        let moved = untrack(|| self.row()).is_some_and(|known| known.queue != row.queue);
        let mut stale = gained || moved;
        self.open.update(|open| {
            if let Open::Thread(thread) = open {
                thread.apply_row(row);
                thread.apply(messages);
                stale |= thread.stale;
                thread.stale = false;
            }
        });
        if stale { self.load(chat) } else { self.load_profile(chat) }
    }
}
