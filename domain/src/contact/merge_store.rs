//! Joining two contacts and telling them apart again. A merge is a pointer: nothing is moved but a request that
//! waits, and what the row of the one that stays says for both is taken back, so that undoing it gives each its own.

use super::apart;
use super::store::label;
use super::together::{self, Marks};
use crate::chat::store::{Chat, NewMessage, lock_all_of, lock_between};
use crate::chat::{State, Window};
use crate::db::{Desk, Tx};
use crate::journey::{Doer, Happening};
use crate::member::Member;
use crate::message::{Author, Body};
use crate::{ContactId, Error, MemberId, MergeId, MessageId, Result, Timestamp, audit, feed, journey};
use serde_json::json;

/// A supervisor says that two contacts are one person; the first stays.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound` for unknown contacts, `Invalid` where they are one already or one of
/// them is with an agent.
pub async fn merge(desk: &Desk, lead: &Member, into: ContactId, from: ContactId, now: Timestamp) -> Result<MergeId> {
    if !lead.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.begin().await?;
    one_at_a_time(&mut tx).await?;
    let (into, from) = (root(&mut tx, into).await?, root(&mut tx, from).await?);
    let doer = Doer::Member { id: lead.id, name: lead.name.clone() };
    let id = join(&mut tx, Pointer { into, from, why: "" }, &doer, Some(lead.id), now).await?;
    let detail = json!({ "into": label(&mut tx, into).await?, "name": label(&mut tx, from).await? });
    audit::store::add(&mut tx, lead, "contacts_merged", detail, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Two contacts that one message shows to be one become one, within the message's transaction; tells which contact
/// the message belongs to. Where both are with agents, that has to wait, and it is suggested.
///
/// # Errors
/// When the database fails.
pub(super) async fn by_itself(
    tx: &mut Tx<'_>,
    one: ContactId,
    other: ContactId,
    why: &str,
    now: Timestamp,
) -> Result<ContactId> {
    one_at_a_time(tx).await?;
    let (one, other) = (root(tx, one).await?, root(tx, other).await?);
    if one == other {
        return Ok(one);
    }
    let sides = sqlx::query!(
        r#"select c.id, exists (select 1 from chat h where h.workspace_id = $1 and h.contact_id = c.id and h.state = 'intervened') as "held!"
           from contact c where c.workspace_id = $1 and c.id in ($2, $3) order by c.first_seen_at, c.id"#,
        tx.workspace.0,
        one.0,
        other.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let [first, second] = sides.as_slice() else { return Err(Error::Internal) };
    // Somebody has looked at both and said that they are two: no message is to know better.
    if apart::are(tx, one, other).await? {
        return Ok(one);
    }
    if first.held && second.held {
        apart::suggest(tx, one, other, why, now).await?;
        return Ok(one);
    }
    // An agent who holds one of the two keeps the very chat that they are in.
    let (into, from) = if second.held { (second.id, first.id) } else { (first.id, second.id) };
    let pointer = Pointer { into: ContactId(into), from: ContactId(from), why };
    join(tx, pointer, &Doer::Clock, None, now).await?;
    // Whoever files the message reads what was just decided.
    tx.flush().await?;
    Ok(pointer.into)
}

/// Tells two contacts apart that were joined: each has its own again.
///
/// # Errors
/// As [`merge`]; `NotFound` where it is undone already.
pub async fn undo(desk: &Desk, lead: &Member, id: MergeId, now: Timestamp) -> Result<()> {
    if !lead.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.begin().await?;
    one_at_a_time(&mut tx).await?;
    let undone = sqlx::query!(
        "update merge set undone_at = $3 where workspace_id = $1 and id = $2 and undone_at is null
         returning into_contact, from_contact",
        tx.workspace.0,
        id.0,
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    let from = ContactId(undone.from_contact);
    let into = root(&mut tx, from).await?;
    let people = whole(&mut tx, into).await?;
    let mut chats = lock_all_of(&mut tx, &people).await?;
    let free = |chat: &Chat| chat.state.holder().is_none_or(|holder| holder == lead.id);
    if !chats.iter().all(free) {
        return Err(with_an_agent());
    }
    // What had become a part of it before goes with it.
    let parts = sqlx::query_scalar!(
        r#"with recursive part as (
             select $2::uuid as id
             union select m.from_contact from merge m join part on m.into_contact = part.id
             where m.workspace_id = $1 and m.undone_at is null)
           update contact c set merged_into = case when c.id = $2 then null else $2 end
           from part where c.workspace_id = $1 and c.id = part.id returning c.id"#,
        tx.workspace.0,
        from.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let own: Vec<_> = chats.iter().filter(|chat| chat.contact == from).map(|chat| (chat.channel, chat.id)).collect();
    for chat in &mut chats {
        if chat.contact == from {
            point(&mut tx, chat, None).await?;
            chat.window_open = chat.window.is_open(now);
        } else if parts.contains(&chat.contact.0) {
            let target = own.iter().find(|(channel, _)| *channel == chat.channel).map(|(_, id)| *id);
            point(&mut tx, chat, target).await?;
        }
    }
    let doer = Doer::Member { id: lead.id, name: lead.name.clone() };
    let Marks { blocked, opted } = together::part(&mut tx, id, ContactId(undone.into_contact), from).await?;
    let (stays, goes) = (label(&mut tx, into).await?, label(&mut tx, from).await?);
    let what = Happening::Unmerged { contact: from, name: goes.clone(), blocked, opted };
    let other = Happening::Unmerged { contact: into, name: stays.clone(), blocked: false, opted: None };
    journey::store::add(&mut tx, into, None, &what, &doer, None, now)?;
    journey::store::add(&mut tx, from, None, &other, &doer, None, now)?;
    for mut chat in chats {
        if chat.contact == into {
            say(&mut tx, &mut chat, what.clone(), &doer, now)?;
        }
        chat.save(&mut tx, now)?;
    }
    // Once told apart, they are not suggested again.
    apart::decide(&mut tx, into, from, now).await?;
    tx.flush().await?;
    feed::store::profile_changed(&mut tx, &[into, from], now).await?;
    audit::store::add(&mut tx, lead, "contacts_unmerged", json!({ "into": stays, "name": goes }), now).await?;
    tx.commit().await
}

/// Which contact is to become a part of which, and why.
#[derive(Clone, Copy)]
struct Pointer<'a> {
    into: ContactId,
    from: ContactId,
    why: &'a str,
}

async fn join(
    tx: &mut Tx<'_>,
    pointer: Pointer<'_>,
    doer: &Doer,
    me: Option<MemberId>,
    now: Timestamp,
) -> Result<MergeId> {
    let Pointer { into, from, why } = pointer;
    if into == from {
        return Err(Error::Invalid("These are one contact already.".into()));
    }
    let mut people = whole(tx, into).await?;
    people.extend(whole(tx, from).await?);
    let chats = lock_all_of(tx, &people).await?;
    for chat in &chats {
        match chat.state.holder() {
            Some(holder) if chat.contact != into && Some(holder) == me => {
                return Err(Error::Invalid(
                    "You hold the chat of the contact that would become a part of the other. Resolve it first, or keep that contact.".into(),
                ));
            }
            Some(holder) if chat.contact != into || (me.is_some() && Some(holder) != me) => return Err(with_an_agent()),
            _ => {}
        }
    }
    let id = MergeId::at(now);
    sqlx::query!(
        "insert into merge (workspace_id, id, into_contact, from_contact, why, merged_by, merged_at) values ($1, $2, $3, $4, $5, $6, $7)",
        tx.workspace.0,
        id.0,
        into.0,
        from.0,
        why,
        serde_json::to_value(doer)?,
        now,
    )
    .execute(tx.conn())
    .await?;
    let (mut stays, goes): (Vec<_>, Vec<_>) = chats.into_iter().partition(|chat| chat.contact == into);
    for chat in &goes {
        if !stays.iter().any(|one| one.channel == chat.channel) {
            stays.push(lock_between(tx, chat.channel, into, now).await?);
        }
    }
    let name = label(tx, from).await?;
    // Contacts after their chats.
    let Marks { blocked, opted } = together::join(tx, into, from).await?;
    let what = Happening::Merged { contact: from, name, why: why.to_owned(), blocked, opted };
    journey::store::add(tx, into, None, &what, doer, None, now)?;
    for mut chat in goes {
        let target = stays.iter_mut().find(|one| one.channel == chat.channel).ok_or(Error::Internal)?;
        if chat.contact == from {
            fold(tx, &mut chat, target, now).await?;
            say(tx, target, what.clone(), doer, now)?;
        }
        point(tx, &mut chat, Some(target.id)).await?;
        chat.save(tx, now)?;
    }
    for chat in stays {
        chat.save(tx, now)?;
    }
    sqlx::query!(
        "update contact set merged_into = $2 where workspace_id = $1 and (id = $3 or merged_into = $3)",
        tx.workspace.0,
        into.0,
        from.0,
    )
    .execute(tx.conn())
    .await?;
    tx.flush().await?;
    // Whoever had no chat before may have written their first message while this waited for their row.
    let forgotten = sqlx::query_scalar!(
        r#"select exists (select 1 from chat h join contact c on c.workspace_id = h.workspace_id and c.id = h.contact_id
            where h.workspace_id = $1 and c.merged_into = $2 and h.folded_into is null) as "forgotten!""#,
        tx.workspace.0,
        into.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if forgotten {
        return Err(Error::Invalid("One of the two is just writing. Try again.".into()));
    }
    feed::store::profile_changed(tx, &[into], now).await?;
    Ok(id)
}

/// What waits in the chat that goes waits in the one that stays: nobody who asked for a person is lost. The service
/// window is the customer's, whichever way they wrote.
async fn fold(tx: &mut Tx<'_>, chat: &mut Chat, into: &mut Chat, now: Timestamp) -> Result<()> {
    let moves = matches!((&chat.state, &into.state), (State::Requested(_), State::Active));
    if moves {
        into.state = std::mem::replace(&mut chat.state, State::Active);
        into.offer_until = chat.offer_until.take();
        into.resolved_at = None;
        into.resolved_by = None;
        sqlx::query!(
            "update episode set chat_id = $3 where workspace_id = $1 and chat_id = $2 and ended_at is null",
            tx.workspace.0,
            chat.id.0,
            into.id.0,
        )
        .execute(tx.conn())
        .await?;
    } else if let State::Requested(asked) = &chat.state {
        // Whoever asked twice has waited since they first did.
        if let State::Requested(request) = &mut into.state {
            request.since = request.since.min(asked.since);
        }
        sqlx::query!(
            "update episode set ended_at = $3 where workspace_id = $1 and chat_id = $2 and ended_at is null",
            tx.workspace.0,
            chat.id.0,
            now,
        )
        .execute(tx.conn())
        .await?;
    }
    chat.state = State::Active;
    chat.offer_until = None;
    let waits = chat.unanswered_since.take().filter(|_| !matches!(into.state, State::Active));
    into.unanswered_since = into.unanswered_since.into_iter().chain(waits).min();
    chat.window_open = false;
    into.window = Window(into.window.0.max(chat.window.0));
    into.window_open = into.window.is_open(now);
    into.customer_wrote_at = into.customer_wrote_at.max(chat.customer_wrote_at);
    Ok(())
}

async fn point(tx: &mut Tx<'_>, chat: &mut Chat, to: Option<crate::ChatId>) -> Result<()> {
    chat.folded = to.is_some();
    sqlx::query!(
        "update chat set folded_into = $3 where workspace_id = $1 and id = $2",
        tx.workspace.0,
        chat.id.0,
        to.map(|chat| chat.0),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Between the messages; the journey has it once, whatever number of chats there are.
fn say(tx: &mut Tx<'_>, chat: &mut Chat, what: Happening, doer: &Doer, now: Timestamp) -> Result<()> {
    let message = NewMessage {
        id: MessageId::at(now),
        author: Author::System,
        member: None,
        body: Body::Happening { what, by: doer.clone() },
        at: now,
        wamid: None,
        reply_to: None,
        raw: None,
    };
    chat.say(tx, message, now).map(|_| ())
}

/// Merges of a workspace wait for each other: where pointers lead is decided by one at a time, and no two make a ring.
async fn one_at_a_time(tx: &mut Tx<'_>) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1 || 'merge', 7))", tx.workspace.0.to_string())
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

/// The contact that this one became, or itself.
pub(super) async fn root(tx: &mut Tx<'_>, contact: ContactId) -> Result<ContactId> {
    let id = sqlx::query_scalar!(
        r#"select coalesce(merged_into, id) as "id!" from contact where workspace_id = $1 and id = $2"#,
        tx.workspace.0,
        contact.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(ContactId(id))
}

/// A contact and whatever became a part of it.
async fn whole(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<ContactId>> {
    let ids = sqlx::query_scalar!(
        "select id from contact where workspace_id = $1 and (id = $2 or merged_into = $2)",
        tx.workspace.0,
        contact.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(ContactId).collect())
}

fn with_an_agent() -> Error {
    Error::Invalid("One of them is with an agent just now. Try again once that chat is resolved.".into())
}
