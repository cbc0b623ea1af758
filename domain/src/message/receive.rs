//! Customers' messages, filed by the group: contact, chat, state, journey, the bot's answer, feed. What a group
//! needs to know is read at once, and each table is written once.

use super::{Author, Body};
use crate::chat::store::{Chat, NewMessage, lock_all_between, lock_between};
use crate::chat::{Actor, Command, State, act};
use crate::contact::{self, Known, Source};
use crate::db::Tx;
use crate::delivery::Outcome;
use crate::flow::{self, Heard};
use crate::journey::{Doer, Happening};
use crate::tag::store::Earned;
use crate::tag::{self, First, Rule};
use crate::{ChannelId, ContactId, Error, MessageId, Result, Timestamp};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// A customer's message, read from a webhook.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// WhatsApp's id for it.
    pub wamid: String,
    /// Who wrote it.
    pub from: Known,
    /// WhatsApp's time.
    pub said_at: Timestamp,
    /// What is shown.
    pub body: Body,
    /// What the bot hears; `None` for what is no utterance (a changed number, say) and opens no window.
    pub heard: Option<Heard>,
    /// The message as it came, where not all of it is in `body`.
    pub raw: Option<serde_json::Value>,
    /// The wamid it answers to.
    pub reply_to: Option<String>,
    /// Where the customer came from, should this be their first message.
    pub source: Source,
}

impl Incoming {
    /// Whether it is WhatsApp's word about its writer, and not theirs.
    pub fn is_notice(&self) -> bool {
        matches!(&self.body, Body::Placeholder(placeholder) if placeholder.kind == "system")
    }
}

/// Files one message; all or nothing.
///
/// # Errors
/// When the database fails; `Invalid` when nothing names the customer.
pub async fn receive(tx: &mut Tx<'_>, channel: ChannelId, incoming: Incoming, now: Timestamp) -> Result<Outcome> {
    let filed = receive_all(tx, vec![(channel, incoming)], now).await?;
    let nameless = || Error::Invalid("neither a phone number nor a user id names the customer".into());
    filed.into_iter().next().flatten().ok_or_else(nameless)
}

/// Files messages in the order given; all or nothing. What became of each: `None` where nothing names the customer.
///
/// # Errors
/// When the database fails.
pub async fn receive_all(
    tx: &mut Tx<'_>,
    incoming: Vec<(ChannelId, Incoming)>,
    now: Timestamp,
) -> Result<Vec<Option<Outcome>>> {
    let keys: Vec<_> = incoming.iter().map(|(channel, one)| (*channel, format!("m:{}", one.wamid))).collect();
    let fresh = first_times(tx, &keys, now).await?;
    let mut outcomes = vec![Some(Outcome::Repeated); incoming.len()];
    let mut filed = Vec::with_capacity(incoming.len());
    for (place, ((channel, one), fresh)) in incoming.into_iter().zip(fresh).enumerate() {
        if fresh {
            filed.push((place, channel, one));
        }
    }
    let known: Vec<_> = filed.iter().map(|(_, _, one)| (&one.from, &one.source)).collect();
    let mut contacts = contact::store::find_or_make_all(tx, &known, now).await?;
    let mut desk = loop {
        match Filing::open(tx, &filed, &contacts, now).await? {
            Opened::Ready(desk) => break desk,
            Opened::Merged(into) => {
                for contact in contacts.iter_mut().flatten() {
                    *contact = into.get(contact).copied().unwrap_or(*contact);
                }
            }
        }
    };
    for ((place, channel, one), contact) in filed.into_iter().zip(contacts) {
        outcomes[place] = match contact {
            Some(contact) => Some(desk.file(tx, channel, contact, one, now).await?),
            None => None,
        };
    }
    tag::store::give_earned(tx, &desk.earned, now).await?;
    for chat in desk.chats.into_values() {
        chat.save(tx, now)?;
    }
    Ok(outcomes)
}

/// A customer as far as filing needs to know.
struct Person {
    name: Option<String>,
    /// The name is the business's word: what they call themselves changes nothing.
    named_by_us: bool,
    /// They have never written.
    new: bool,
    /// The bot does not answer them, so that they get no person by it either.
    blocked: bool,
}

/// The chats of a group under their locks, and who writes in them.
struct Filing {
    chats: HashMap<(ChannelId, ContactId), Chat>,
    people: HashMap<ContactId, Person>,
    bot: flow::store::Bot,
    /// What tags new customers by their first message; read only when there is one.
    rules: Vec<Rule>,
    earned: Vec<Earned>,
}

/// What there is to file into.
enum Opened {
    Ready(Box<Filing>),
    /// Contacts that have become parts of others while this group waited for their chats.
    Merged(HashMap<ContactId, ContactId>),
}

impl Filing {
    async fn open(
        tx: &mut Tx<'_>,
        filed: &[(usize, ChannelId, Incoming)],
        contacts: &[Option<ContactId>],
        now: Timestamp,
    ) -> Result<Opened> {
        let mut pairs = Vec::new();
        let mut met = HashSet::new();
        for ((_, channel, _), contact) in filed.iter().zip(contacts) {
            if let Some(contact) = contact
                && met.insert((*channel, *contact))
            {
                pairs.push((*channel, *contact));
            }
        }
        let mut chats = HashMap::with_capacity(pairs.len());
        for chat in lock_all_between(tx, &pairs).await? {
            chats.insert((chat.channel, chat.contact), chat);
        }
        // Under the chats' locks, and locked: they are counted on below, and nobody joins them with others before that.
        let ids: Vec<_> = pairs.iter().map(|(_, contact)| contact.0).collect();
        let rows = sqlx::query!(
            r#"select id, name, named_by_us, blocked_at is not null as "blocked!", first_message is null as "new!", merged_into
               from contact where workspace_id = $1 and id = any($2) order by id for no key update"#,
            tx.workspace.0,
            &ids,
        )
        .fetch_all(tx.conn())
        .await?;
        let into = rows.iter().filter_map(|row| Some((ContactId(row.id), ContactId(row.merged_into?))));
        let into: HashMap<_, _> = into.collect();
        if !into.is_empty() {
            return Ok(Opened::Merged(into));
        }
        for (channel, contact) in &pairs {
            if let Entry::Vacant(free) = chats.entry((*channel, *contact)) {
                free.insert(lock_between(tx, *channel, *contact, now).await?);
            }
        }
        let any_new = rows.iter().any(|row| row.new);
        let people = rows
            .into_iter()
            .map(|row| {
                let (named_by_us, new, blocked) = (row.named_by_us, row.new, row.blocked);
                (ContactId(row.id), Person { name: row.name, named_by_us, new, blocked })
            })
            .collect();
        let rules = if any_new { tag::store::rules_in_force(tx).await? } else { Vec::new() };
        let bot = flow::store::Bot::load(tx, chats.values()).await?;
        Ok(Opened::Ready(Box::new(Self { chats, people, bot, rules, earned: Vec::new() })))
    }

    async fn file(
        &mut self,
        tx: &mut Tx<'_>,
        channel: ChannelId,
        contact: ContactId,
        incoming: Incoming,
        now: Timestamp,
    ) -> Result<Outcome> {
        let chat = self.chats.get_mut(&(channel, contact)).ok_or(Error::Internal)?;
        let person = self.people.get_mut(&contact).ok_or(Error::Internal)?;
        let changed = |name: &String| !person.named_by_us && person.name.as_ref() != Some(name);
        if let Some(name) = incoming.from.name.filter(changed) {
            tx.writes.contact(contact).name = Some(name.clone());
            if let Some(before) = person.name.replace(name.clone()) {
                let what = Happening::Renamed { before, after: name };
                crate::journey::store::add(tx, contact, Some(chat.id), &what, &Doer::Customer, None, now)?;
            }
        }
        let said_at = incoming.said_at.min(now);
        let line = incoming.body.line();
        let tags = if person.new && incoming.heard.is_some() {
            let text = if let Body::Text { text } = &incoming.body { text } else { &line };
            tag::tags_for(&self.rules, First { text, source: &incoming.source })
        } else {
            Vec::new()
        };
        let message = NewMessage {
            id: MessageId::at(now),
            author: Author::Customer,
            member: None,
            body: incoming.body,
            at: said_at,
            wamid: Some(incoming.wamid),
            reply_to: incoming.reply_to,
            raw: incoming.raw,
        };
        let Some(heard) = incoming.heard else {
            chat.say(tx, message, now)?;
            return Ok(Outcome::Stored);
        };
        let was_open = chat.window_open;
        chat.window = chat.window.refreshed(said_at, now);
        chat.window_open = chat.window.is_open(now);
        act::command_on(tx, chat, &Command::CustomerWrote, Actor::Customer, &Doer::Customer, now).await?;
        chat.customer_wrote_at = chat.customer_wrote_at.max(Some(said_at));
        chat.resolved_at = None;
        chat.resolved_by = None;
        chat.missed = false;
        if !matches!(chat.state, State::Active) {
            chat.unanswered_since.get_or_insert(said_at);
        }
        let seq = chat.say(tx, message, now)?;
        let new = person.new;
        let written = tx.writes.contact(contact);
        written.last_active_at = written.last_active_at.max(Some(said_at));
        if std::mem::take(&mut person.new) {
            written.first_message = Some(line.clone());
            let what = Happening::FirstMessage { text: line };
            crate::journey::store::add(tx, contact, Some(chat.id), &what, &Doer::Customer, Some(seq), said_at)?;
            self.earned.extend(tags.into_iter().map(|tag| Earned { contact, chat: chat.id, tag, seq }));
        } else if let Source::Ad { headline, url, .. } = incoming.source {
            // Where they came from at first stays their source.
            let what = Happening::CameByAd { headline, url };
            crate::journey::store::add(tx, contact, Some(chat.id), &what, &Doer::Customer, Some(seq), said_at)?;
        }
        if chat.window_open && !was_open {
            chat.greeted = false;
            let what = Happening::WindowOpened;
            crate::journey::store::add(tx, contact, Some(chat.id), &what, &Doer::Customer, Some(seq), said_at)?;
        }
        if chat.window_open && chat.state.bot_answers() && !person.blocked {
            self.bot.answer(tx, chat, (person.name.clone(), new), &heard, now).await?;
        }
        Ok(Outcome::Stored)
    }
}

/// Notes keys; tells of each whether it is new. Waits for a transaction that is just noting the same.
///
/// # Errors
/// When the database fails.
pub async fn first_times(tx: &mut Tx<'_>, keys: &[(ChannelId, String)], now: Timestamp) -> Result<Vec<bool>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let channels: Vec<_> = keys.iter().map(|(channel, _)| channel.0).collect();
    let words: Vec<_> = keys.iter().map(|(_, key)| key.clone()).collect();
    let noted = sqlx::query!(
        "insert into inbound_key (workspace_id, channel_id, key, at)
         select $1, k.channel, k.key, $4 from unnest($2::uuid[], $3::text[]) as k(channel, key) order by k.channel, k.key
         on conflict do nothing returning channel_id, key",
        tx.workspace.0,
        &channels,
        &words,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut new: HashSet<_> = noted.into_iter().map(|row| (ChannelId(row.channel_id), row.key)).collect();
    // Of several alike the first is new.
    Ok(keys.iter().map(|key| new.remove(key)).collect())
}
