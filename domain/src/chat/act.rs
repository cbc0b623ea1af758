//! Commands on chats, each one transaction: decide under the row lock, write the state and what follows.

use super::episode::{End, Ended};
use super::store::{Chat, NewMessage, lock};
use super::{Actor, Command, Passed, Refusal, Sight, State, Step, apply, episode, list, sight, watch};
use crate::db::{Desk, Tx};
use crate::journey::{Doer, Happening};
use crate::member::Member;
use crate::message::{Author, Body};
use crate::{
    ChatId, Error, MemberId, MessageId, Result, Timestamp, attribute, flow, journey, member, outbox, outcome, setting,
};
use chrono::TimeDelta;

/// A member does something to a chat.
///
/// # Errors
/// `NotFound` out of sight, `Refused` where a rule says no; nothing is then changed.
pub async fn by_member(desk: &Desk, member: &Member, chat: ChatId, command: Command, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    let seen = if chat.folded { Sight::None } else { sight(&chat.state, member.id, member.role, false) };
    let intervenes = matches!(command, Command::Intervene);
    if seen == Sight::None && !(intervenes && chat.state.holder().is_some()) {
        return Err(Error::NotFound);
    }
    if let Command::Transfer { to, note } = &command {
        passable(&mut tx, &chat, *to, note).await?;
    }
    if let Command::Resolve { outcome, .. } = &command {
        resolvable(&mut tx, &chat, member, outcome.as_deref()).await?;
    }
    let command = match command {
        Command::UndoResolve { .. } => {
            let was = episode::ended_from(&mut tx, chat.id).await?.map(|ended| ended.state);
            Command::UndoResolve { resolved_by: chat.resolved_by, resolved_at: chat.resolved_at, was }
        }
        other => other,
    };
    let actor = Actor::Member(member.id, member.role);
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    match command_on(&mut tx, &mut chat, &command, actor, &doer, now).await {
        Err(Error::Refused(Refusal::AlreadyHeld { by, .. })) => {
            let name = member::store::get(&mut tx, by).await?.map(|holder| holder.name);
            Err(Refusal::AlreadyHeld { by, name }.into())
        }
        Err(other) => Err(other),
        Ok(false) => Ok(()),
        Ok(true) => {
            chat.save(&mut tx, now)?;
            tx.commit().await
        }
    }
}

/// Longest note that goes with a chat, in characters.
pub const LONGEST_NOTE: usize = 2000;

/// Whom a chat can be passed to: a member of this workspace who has not been deactivated and does not have it yet.
async fn passable(tx: &mut Tx<'_>, chat: &Chat, to: Option<MemberId>, note: &str) -> Result<()> {
    if note.chars().count() > LONGEST_NOTE {
        return Err(Error::Invalid(format!("A note takes at most {LONGEST_NOTE} characters.")));
    }
    let Some(target) = to else { return Ok(()) };
    let target = member::store::get(tx, target).await?.ok_or(Error::NotFound)?;
    if chat.state.holder() == Some(target.id) {
        return Err(Error::Invalid(format!("{} has this chat already.", target.name)));
    }
    Ok(())
}

/// An outcome is one of the workspace's, and the holder has filled in what the workspace requires. Who does not see the
/// profile, for somebody else holds this chat or another of the customer's, is not asked.
async fn resolvable(tx: &mut Tx<'_>, chat: &Chat, member: &Member, outcome: Option<&str>) -> Result<()> {
    if chat.state.holder().is_none() {
        return Ok(());
    }
    if let Some(outcome) = outcome {
        outcome::store::named(tx, outcome).await?;
    }
    if chat.state.holder() == Some(member.id) && list::contact_in_sight(tx, member, chat.contact).await? {
        let missing = attribute::values::missing(tx, chat.contact).await?;
        if !missing.is_empty() {
            return Err(Error::Invalid(format!("Before you resolve, fill in: {}.", missing.join(", "))));
        }
    }
    Ok(())
}

/// Applies a command to a locked chat and writes everything that follows but the chat itself, which the
/// caller saves. Tells whether anything changed.
///
/// # Errors
/// `Refused`, or when the database fails.
pub async fn command_on(
    tx: &mut Tx<'_>,
    chat: &mut Chat,
    command: &Command,
    actor: Actor,
    doer: &Doer,
    now: Timestamp,
) -> Result<bool> {
    let Step { mut state, happenings, unresolved_queries } = apply(&chat.state, command, actor, now)?;
    // Whoever was left unanswered by the one who held the chat has waited since then: their turn does not come later
    // for it.
    if let (State::Intervened { .. }, State::Requested(request), Some(unanswered)) =
        (&chat.state, &mut state, chat.unanswered_since)
    {
        request.since = request.since.min(unanswered);
    }
    if state == chat.state && happenings.is_empty() {
        return Ok(false);
    }
    let before = std::mem::replace(&mut chat.state, state);
    if before.holder().is_some() && before.holder() != chat.state.holder() {
        watch::end_all(tx, chat.id, now).await?;
    }
    if before.directed_to() != chat.state.directed_to() {
        let accepting = setting::store::load(tx).await?.accepting();
        chat.offer_until = chat.state.directed_to().map(|_| now + accepting);
    }
    for mut happening in happenings {
        if let Some((member, name)) = happening.named() {
            *name = member::store::name(tx, member).await?;
        }
        follow(tx, chat, &before, &happening, doer, now).await?;
        tell(tx, chat, happening, doer, now)?;
    }
    if unresolved_queries > 0 {
        tx.writes.contact(chat.contact).unresolved_queries += unresolved_queries;
    }
    Ok(true)
}

/// Writes something that happened into the journey and, where it belongs there, into the thread.
///
/// # Errors
/// When the database fails.
pub fn tell(tx: &mut Tx<'_>, chat: &mut Chat, what: Happening, doer: &Doer, now: Timestamp) -> Result<()> {
    let mut seq = None;
    if what.in_thread() {
        let message = NewMessage {
            id: MessageId::at(now),
            author: Author::System,
            member: None,
            body: Body::Happening { what: what.clone(), by: doer.clone() },
            at: now,
            wamid: None,
            reply_to: None,
            raw: None,
        };
        seq = Some(chat.say(tx, message, now)?);
    }
    journey::store::add(tx, chat.contact, Some(chat.id), &what, doer, seq, now)
}

/// What a happening changes besides the state: episode, marks on the chat, the bot's session and outbox.
async fn follow(
    tx: &mut Tx<'_>,
    chat: &mut Chat,
    before: &State,
    what: &Happening,
    doer: &Doer,
    now: Timestamp,
) -> Result<()> {
    let by = if let Doer::Member { id, .. } = doer { Some(*id) } else { None };
    match what {
        Happening::Requested { reason } => {
            chat.unanswered_since.get_or_insert(now);
            chat.resolved_at = None;
            chat.resolved_by = None;
            chat.missed = false;
            episode::requested(tx, chat.id, reason, now).await?;
        }
        Happening::Intervened { .. } => {
            chat.resolved_at = None;
            chat.resolved_by = None;
            episode::intervened(tx, chat.id, by, now).await?;
            withdraw(tx, chat, now).await?;
        }
        Happening::TookOver { .. } => {
            // What was passed on was for whoever had the chat so far.
            episode::passed(tx, chat.id, None).await?;
            episode::intervened(tx, chat.id, by, now).await?;
            withdraw(tx, chat, now).await?;
        }
        Happening::ResolveUndone => {
            // A window that has ended since was closed for the chat as it was: the clock closes it for what comes back, too.
            chat.window_open |= chat.window.0.zip(chat.resolved_at).is_some_and(|(ends, resolved)| ends > resolved);
            chat.resolved_at = None;
            chat.resolved_by = None;
            chat.unanswered_since = episode::ended_from(tx, chat.id).await?.and_then(|ended| ended.unanswered_since);
            episode::go_on(tx, chat.id).await?;
            if !chat.state.bot_answers() {
                withdraw(tx, chat, now).await?;
            }
        }
        Happening::Resolved { outcome, note } => {
            let from = Some(Ended { state: before.clone(), unanswered_since: chat.unanswered_since });
            let end = End { by, outcome: outcome.as_deref(), note: note.as_deref(), from };
            episode::end(tx, chat.id, end, now).await?;
            resolved(tx, chat, by, now).await?;
        }
        Happening::Dismissed { note } => {
            let from = Some(Ended { state: before.clone(), unanswered_since: chat.unanswered_since });
            let end = End { by, outcome: Some("dismissed"), note: note.as_deref(), from };
            episode::end(tx, chat.id, end, now).await?;
            resolved(tx, chat, by, now).await?;
        }
        Happening::Missed => {
            let end = End { by: None, outcome: Some("missed"), note: None, from: None };
            episode::end(tx, chat.id, end, now).await?;
            chat.missed = true;
            close(chat);
        }
        Happening::Expired => {
            let end = End { by: None, outcome: Some("expired"), note: None, from: None };
            episode::end(tx, chat.id, end, now).await?;
            close(chat);
        }
        Happening::WindowClosed => close(chat),
        Happening::Transferred { note, .. } => {
            let passed = Passed { by: doer.name().into_owned(), note: note.clone() };
            episode::passed(tx, chat.id, Some(passed)).await?;
        }
        // Read by whoever went away.
        Happening::GivenBack { .. } => episode::passed(tx, chat.id, None).await?,
        Happening::OpenedToAll
        | Happening::FirstMessage { .. }
        | Happening::CameByAd { .. }
        | Happening::WindowOpened
        | Happening::FirstReply { .. }
        | Happening::BotAsked { .. }
        | Happening::Chose { .. }
        | Happening::AttributeSet { .. }
        | Happening::TagGiven { .. }
        | Happening::TagTaken { .. }
        | Happening::IdentityAdded { .. }
        | Happening::Renamed { .. }
        | Happening::BotHandedOver { .. }
        | Happening::BotWithdrawn { .. }
        | Happening::Noted
        | Happening::Sent
        | Happening::TagMerged { .. }
        | Happening::Added
        | Happening::Imported { .. }
        | Happening::OptedChanged { .. }
        | Happening::BlockedChanged { .. }
        | Happening::Merged { .. }
        | Happening::Unmerged { .. }
        | Happening::NotDelivered { .. } => {}
    }
    Ok(())
}

fn close(chat: &mut Chat) {
    chat.window_open = false;
    chat.unanswered_since = None;
}

/// The bot keeps silent once an agent holds the chat: what was not yet claimed is not sent.
async fn withdraw(tx: &mut Tx<'_>, chat: &mut Chat, now: Timestamp) -> Result<()> {
    tx.flush().await?;
    let messages = outbox::store::withdraw(tx, chat, true).await?;
    if messages == 0 {
        return Ok(());
    }
    let what = Happening::BotWithdrawn { messages: i64::try_from(messages).unwrap_or(0) };
    tell(tx, chat, what, &Doer::Clock, now)
}

async fn resolved(tx: &mut Tx<'_>, chat: &mut Chat, by: Option<MemberId>, now: Timestamp) -> Result<()> {
    chat.unanswered_since = None;
    chat.resolved_at = Some(now);
    chat.resolved_by = by;
    let quiet = TimeDelta::seconds(setting::store::load(tx).await?.quiet_after);
    let session = flow::Session { quiet_until: Some(now + quiet), ..flow::Session::default() };
    flow::store::put_session(tx, chat.id, &session, now).await
}
