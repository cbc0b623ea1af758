//! The middle of the screen as a plain structure: what the server's answers and frames make of it. The screen and the
//! stress test's headless clients use the same.

use crate::chat::state::ThreadState;
use crate::inbox::state::InboxState;
use domain::ChatId;
use domain::chat::{Row, Thread};
use domain::feed::ChatChange;

/// The middle of the screen.
#[derive(Clone, Debug)]
pub enum Open {
    /// No chat is open.
    Nothing,
    /// It is being loaded.
    Loading(ChatId),
    /// Here it is.
    Thread(Box<ThreadState>),
    /// Somebody else holds it: a supervisor sees by whom and since when, and what can be done about it.
    Held(Box<Row>),
    /// It went out of sight; what was typed is kept.
    Lost(ChatId),
    /// It could not be opened.
    Failed(ChatId, String),
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// The panel beside the thread is to be loaded again.
    Profile,
    /// The chat is to be loaded (again).
    Load,
    /// The thread is gone from the screen, and everything about it has to go, too.
    Wiped,
}

impl Open {
    /// Which chat, while it is shown or loading.
    pub fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Thread(thread) => Some(thread.chat()),
            Self::Held(row) => Some(row.id),
            Self::Loading(chat) | Self::Failed(chat, _) => Some(*chat),
            Self::Nothing | Self::Lost(_) => None,
        }
    }

    /// Which chat the address names, in sight or not.
    pub fn meant(&self) -> Option<ChatId> {
        if let Self::Lost(chat) = self { Some(*chat) } else { self.chat() }
    }

    /// Its row.
    pub fn row(&self) -> Option<&Row> {
        match self {
            Self::Thread(thread) => Some(&thread.row),
            Self::Held(row) => Some(row),
            Self::Nothing | Self::Loading(_) | Self::Lost(_) | Self::Failed(..) => None,
        }
    }

    /// Takes what a frame says of this chat.
    pub fn changed(&mut self, change: ChatChange) -> Next {
        let ChatChange { chat, row, gained, messages } = change;
        if self.meant() != Some(chat) {
            return Next::Nothing;
        }
        let Some(row) = row else { return self.lose() };
        if row.content.is_none() {
            return self.hold(row);
        }
        match self {
            Self::Thread(thread) => {
                let moved = thread.row.queue != row.queue;
                thread.apply_row(row);
                thread.apply(messages);
                let stale = std::mem::take(&mut thread.stale);
                if stale || gained || moved { Next::Load } else { Next::Profile }
            }
            // The answer that is awaited may be older than this.
            Self::Loading(_) | Self::Held(_) | Self::Lost(_) | Self::Failed(..) => Next::Load,
            Self::Nothing => Next::Nothing,
        }
    }

    /// Takes the server's answer to opening a chat; `inbox` knows what frames have told since.
    pub fn opened(&mut self, thread: Thread, inbox: &InboxState) -> Next {
        let chat = thread.row.id;
        if self.meant() != Some(chat) {
            return Next::Nothing;
        }
        if inbox.is_old(thread.cursor) {
            return Next::Load;
        }
        if inbox.is_gone(chat, thread.cursor) {
            return self.lose();
        }
        // A watch that began or ended since shows or hides the content of the same version.
        let told = inbox.is_told(chat, thread.cursor);
        let newer = inbox.row(chat).map_or(told, |known| {
            known.version > thread.row.version || told && known.content.is_some() != thread.row.content.is_some()
        });
        match self {
            Self::Thread(known) if thread.row.content.is_some() => {
                known.reload(thread);
                // Between an answer that was overtaken and what is known there may be a gap.
                if newer && std::mem::take(&mut known.stale) { Next::Load } else { Next::Profile }
            }
            // What a frame has told meanwhile is not in this answer.
            _ if newer => Next::Load,
            _ if thread.row.content.is_none() => self.hold(thread.row),
            _ => {
                *self = Self::Thread(Box::new(ThreadState::new(thread)));
                Next::Profile
            }
        }
    }

    /// Takes the answer that a chat does not exist for this member; `asked` is what the inbox's cursor was when it was
    /// asked for. Where a frame has told of the chat since, the two are older and younger in an order that cannot be
    /// known: it is asked again.
    pub fn hidden(&mut self, chat: ChatId, asked: i64, inbox: &mut InboxState) -> Next {
        if inbox.is_told(chat, asked) && !inbox.is_gone(chat, asked) {
            return if self.meant() == Some(chat) { Next::Load } else { Next::Nothing };
        }
        inbox.remove(chat);
        if self.chat() == Some(chat) { self.lose() } else { Next::Nothing }
    }

    /// It is out of sight.
    pub fn lose(&mut self) -> Next {
        if let Some(chat) = self.meant() {
            *self = Self::Lost(chat);
        }
        Next::Wiped
    }

    fn hold(&mut self, row: Row) -> Next {
        let wiped = !matches!(self, Self::Held(_));
        *self = Self::Held(Box::new(row));
        if wiped { Next::Wiped } else { Next::Nothing }
    }
}
