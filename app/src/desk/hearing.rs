//! What the live socket says, done to this screen.

use super::open::{Next, Open};
use super::state::Desk;
use crate::ui::live::{Follower, Live};
use crate::ui::{Toasts, browser};
use domain::ScreenId;
use domain::chat::Queue;
use domain::feed::{ChatChange, Frame};
use domain::message::Body;
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Follower for Desk {
    fn connection(self) -> RwSignal<u32> {
        self.connection
    }

    fn live(self) -> RwSignal<Live> {
        self.live
    }

    fn cursor(self) -> i64 {
        self.inbox.with_untracked(|inbox| inbox.cursor)
    }

    fn screen(self) -> ScreenId {
        self.screen
    }

    fn toasts(self) -> Toasts {
        self.toasts
    }

    fn hear(self, frame: Frame) {
        match frame {
            Frame::Hello { now, .. } => self.clock.correct(now),
            Frame::Changes { upto, changes, counts, longest_wait, presence, profiles, defined, now, .. } => {
                self.clock.correct(now);
                let mut news = false;
                self.inbox.update(|inbox| news = inbox.hear(upto, &changes, counts, longest_wait));
                if !news {
                    return;
                }
                if let Some(presence) = presence {
                    self.me.update(|me| me.member.presence = presence);
                }
                if defined {
                    self.defined.update(|times| *times += 1);
                    self.learn_what_may_be_done();
                }
                if let Some(chat) = self.open_chat_untracked()
                    && (profiles.contains(&chat) || defined)
                {
                    self.load_profile(chat);
                }
                self.greet_offers(&changes);
                self.greet_mentions(&changes);
                for change in changes {
                    let chat = change.chat;
                    if change.row.as_ref().is_none_or(|row| row.content.is_none()) {
                        self.toasts.take_away(chat);
                    }
                    if self.open.with_untracked(Open::meant) == Some(chat) {
                        let mut next = Next::Nothing;
                        self.open.update(|open| next = open.changed(change));
                        self.then(chat, next);
                    }
                }
            }
            Frame::Live => self.live.set(Live::Live),
            Frame::Resync => self.resync(),
            Frame::SignedOut => browser::go(&crate::sign_in::towards(&browser::here())),
        }
    }
}

impl Desk {
    /// A setting may have changed what supervisors may do.
    fn learn_what_may_be_done(self) {
        if !self.me.with_untracked(|me| me.member.role.supervises()) {
            return;
        }
        spawn_local(async move {
            if let Ok(Some(new)) = crate::sign_in::api::who_am_i().await {
                self.me.update(|me| me.may_watch = new.may_watch);
            }
        });
    }

    /// Says so when a note mentions this member.
    fn greet_mentions(self, changes: &[ChatChange]) {
        let me = self.me.with_untracked(|me| me.member.id);
        for message in changes.iter().flat_map(|change| &change.messages) {
            let Body::Note { mentions, .. } = &message.body else { continue };
            let Some(by) = message.member.as_ref().filter(|by| by.id != me) else { continue };
            if mentions.iter().any(|member| member.id == me) {
                let (chat, seq) = (message.chat, message.seq);
                let show = Callback::new(move |()| self.jump(chat, seq));
                self.toasts.with_action(format!("{} mentioned you", by.name), "Show", show);
            }
        }
    }

    /// Says so when a chat is passed to this member.
    fn greet_offers(self, changes: &[ChatChange]) {
        let me = self.me.with_untracked(|me| me.member.id);
        for (chat, words) in self.offers.hear(me, changes) {
            let show = Callback::new(move |()| self.goto(Queue::Requested, Some(chat)));
            self.toasts.with_action_about(chat, words, "Show", show);
        }
    }
}
