//! The workspace's flow and where each chat stands in it; the bot's answer in the transaction it answers in.

use super::{Context, Effect, Flow, Heard, Session, step};
use crate::attribute;
use crate::chat::store::Chat;
use crate::chat::{Actor, Command, Reason, State, act};
use crate::db::Tx;
use crate::journey::{Doer, Happening};
use crate::message::Body;
use crate::setting::{self, Settings};
use crate::{ChatId, ContactId, FlowId, Result, Timestamp, hours, journey};
use std::collections::{BTreeMap, HashMap};

/// The flow that answers, if any.
///
/// # Errors
/// When the database fails or the definition does not fit.
pub async fn enabled(tx: &mut Tx<'_>) -> Result<Option<Flow>> {
    let found = sqlx::query_scalar!("select definition from flow where workspace_id = $1 and enabled", tx.workspace.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(found.map(serde_json::from_value).transpose()?)
}

/// Adds a flow and makes it the one that answers.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &mut Tx<'_>, name: &str, flow: &Flow, now: Timestamp) -> Result<FlowId> {
    let id = FlowId::at(now);
    sqlx::query!("update flow set enabled = false where workspace_id = $1 and enabled", tx.workspace.0)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "insert into flow (workspace_id, id, name, definition, created_at) values ($1, $2, $3, $4, $5)",
        tx.workspace.0,
        id.0,
        name,
        serde_json::to_value(flow)?,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// Where a chat stands in its flow.
///
/// # Errors
/// When the database fails.
pub async fn session(tx: &mut Tx<'_>, chat: ChatId) -> Result<Session> {
    let found = sqlx::query_scalar!(
        "select session from flow_session where workspace_id = $1 and chat_id = $2",
        tx.workspace.0,
        chat.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(serde_json::from_value).transpose()?.unwrap_or_default())
}

/// Writes where a chat stands in its flow.
///
/// # Errors
/// When the database fails.
pub async fn put_session(tx: &mut Tx<'_>, chat: ChatId, session: &Session, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "insert into flow_session (workspace_id, chat_id, session, updated_at) values ($1, $2, $3, $4)
         on conflict (workspace_id, chat_id) do update set session = $3, updated_at = $4",
        tx.workspace.0,
        chat.0,
        serde_json::to_value(session)?,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What the bot's words may say of a contact: the name, and attributes by key.
///
/// # Errors
/// When the database fails.
pub async fn known(tx: &mut Tx<'_>, contact: ContactId) -> Result<(Option<String>, BTreeMap<String, String>)> {
    let name =
        sqlx::query_scalar!("select name from contact where workspace_id = $1 and id = $2", tx.workspace.0, contact.0)
            .fetch_one(tx.conn())
            .await?;
    let rows = sqlx::query!(
        r#"select d.key, a.value as "value!" from attribute_definition d
         cross join lateral (select a.value from attribute a
            where a.workspace_id = $1 and a.definition_id = d.id
              and a.contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))
            order by (a.contact_id = $2) desc, a.set_at desc limit 1) a
         where d.workspace_id = $1 and d.shown_to_bot and a.value <> ''"#,
        tx.workspace.0,
        contact.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok((name, rows.into_iter().map(|row| (row.key, row.value)).collect()))
}

/// The bot at work on a group of chats: what it has to know of them is read at once.
pub struct Bot {
    flow: Option<Flow>,
    settings: Settings,
    available: bool,
    /// Whether it is within business hours, and when it will be: reckoned once.
    hours: Option<(bool, Vec<(String, String)>)>,
    sessions: HashMap<ChatId, Session>,
    attributes: HashMap<ContactId, Vec<(String, String)>>,
}

impl Bot {
    /// Reads what the bot has to know.
    ///
    /// # Errors
    /// When the database fails or the flow's definition does not fit.
    pub async fn load<'a>(tx: &mut Tx<'_>, chats: impl Iterator<Item = &'a Chat>) -> Result<Self> {
        let (ids, contacts): (Vec<_>, Vec<_>) = chats.map(|chat| (chat.id.0, chat.contact)).unzip();
        let mut bot = Self {
            flow: None,
            settings: Settings::default(),
            available: false,
            hours: None,
            sessions: HashMap::new(),
            attributes: HashMap::new(),
        };
        if ids.is_empty() {
            return Ok(bot);
        }
        let contact_ids: Vec<_> = contacts.iter().map(|contact: &ContactId| contact.0).collect();
        // By an index, chat by chat, whatever the tables held when this was planned.
        let row = sqlx::query!(
            r#"select (select definition from flow where workspace_id = $1 and enabled) as definition,
                exists (select 1 from member where workspace_id = $1 and presence = 'available' and deactivated_at is null) as "available!",
                (select coalesce(jsonb_object_agg(key, value), '{}') from setting where workspace_id = $1) as "settings!",
                (select jsonb_agg(jsonb_build_array(c.id, s.session)) from unnest($2::uuid[]) as c(id)
                 cross join lateral (select session from flow_session
                    where workspace_id = $1 and chat_id = c.id offset 0) s) as sessions,
                (select jsonb_agg(jsonb_build_array(c.id, d.key, a.value)) from unnest($3::uuid[]) as c(id)
                 cross join lateral (select distinct on (a.definition_id) a.definition_id, a.value
                    from (select c.id union all
                          select p.id from contact p where p.workspace_id = $1 and p.merged_into = c.id offset 0) p
                    cross join lateral (select definition_id, value, set_at from attribute
                        where workspace_id = $1 and contact_id = p.id offset 0) a
                    order by a.definition_id, (p.id = c.id) desc, a.set_at desc) a
                 join attribute_definition d on d.workspace_id = $1 and d.id = a.definition_id and d.shown_to_bot
                 where a.value <> '') as attributes"#,
            tx.workspace.0,
            &ids,
            &contact_ids,
        )
        .fetch_one(tx.conn())
        .await?;
        bot.flow = row.definition.map(serde_json::from_value).transpose()?;
        bot.available = row.available;
        bot.settings = setting::store::from_rows(row.settings)?;
        let sessions: Option<Vec<(ChatId, Session)>> = row.sessions.map(serde_json::from_value).transpose()?;
        bot.sessions = sessions.into_iter().flatten().collect();
        let attributes: Option<Vec<(ContactId, String, String)>> =
            row.attributes.map(serde_json::from_value).transpose()?;
        for (contact, key, value) in attributes.into_iter().flatten() {
            bot.attributes.entry(contact).or_default().push((key, value));
        }
        Ok(bot)
    }

    /// The bot hears a message and does what its flow says. The caller has decided that the bot may answer, and
    /// saves the chat. `new` tells whether it is the customer's first message ever.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer(
        &mut self,
        tx: &mut Tx<'_>,
        chat: &mut Chat,
        (name, new): (Option<String>, bool),
        heard: &Heard,
        now: Timestamp,
    ) -> Result<()> {
        // Where the message stands that is answered: what the customer did by it is found there.
        let seq = Some(chat.last_seq());
        let welcome = self.settings.welcome_message.due(chat.greeted, new);
        let (open, outlook) = match &self.hours {
            Some(known) => known.clone(),
            None => self.hours.insert(reckon(&self.settings, now)?).clone(),
        };
        let away = &self.settings.away_message;
        let attributes = self.attributes.entry(chat.contact).or_default();
        let context = Context {
            attributes: attributes.iter().cloned().collect(),
            name,
            staffed: self.available && open,
            outlook,
            welcome,
            away: away.on.then(|| away.text.clone()),
            greeted: chat.greeted,
            requested: matches!(chat.state, State::Requested(_)),
            now,
        };
        let Some(flow) = &self.flow else {
            if let Some(welcome) = &context.welcome {
                chat.greeted = true;
                chat.say_as_bot(tx, Body::text(context.fill(welcome)), now)?;
            }
            return Ok(());
        };
        let before = self.sessions.get(&chat.id).cloned().unwrap_or_default();
        let (after, effects) = step(flow, &self.settings.asking, &before, heard, &context);
        chat.greeted = true;
        if after != before {
            put_session(tx, chat.id, &after, now).await?;
            self.sessions.insert(chat.id, after);
        }
        for effect in effects {
            match effect {
                Effect::Say(body) => {
                    chat.say_as_bot(tx, body, now)?;
                }
                Effect::SetAttribute { key, value } => {
                    let by = Doer::Customer;
                    let set = attribute::values::set_by_key(tx, chat.contact, &key, &value, &by, now).await?;
                    attributes.retain(|(known, _)| *known != key);
                    attributes.extend(set.shown.map(|value| (key, value)));
                    journey::store::add(tx, chat.contact, Some(chat.id), &set.what, &by, seq, now)?;
                }
                Effect::Asked(what) => act::tell(tx, chat, Happening::BotAsked { what }, &Doer::Bot, now)?,
                Effect::Chose(what) => {
                    let what = Happening::Chose { what };
                    journey::store::add(tx, chat.contact, Some(chat.id), &what, &Doer::Customer, seq, now)?;
                }
                Effect::AskForPerson(reason) => {
                    let (actor, doer) = match reason {
                        Reason::Chose { .. } | Reason::Wrote { .. } => (Actor::Customer, Doer::Customer),
                        _ => (Actor::Bot, Doer::Bot),
                    };
                    if act::command_on(tx, chat, &Command::AskForPerson(reason), actor, &doer, now).await? {
                        let collected = self.sessions.get(&chat.id).map(|s| s.collected.clone()).unwrap_or_default();
                        act::tell(tx, chat, Happening::BotHandedOver { collected }, &Doer::Bot, now)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn reckon(settings: &Settings, now: Timestamp) -> Result<(bool, Vec<(String, String)>)> {
    let outlook = hours::outlook(&settings.hours, now)?;
    let outlook = outlook.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Ok((hours::open_at(&settings.hours, now)?, outlook))
}
