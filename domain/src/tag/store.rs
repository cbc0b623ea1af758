//! Tags on contacts: given and taken by members in sight of a chat, and by automations.

use super::{Given, Kind, Label, LooksAt, MOST_GIVEN, Match, Rule, RuleDraft};
use crate::chat::store::lock;
use crate::chat::{Refusal, list};
use crate::db::{Desk, Tx};
use crate::journey::{self, Doer, Happening};
use crate::member::Member;
use crate::{ChatId, ContactId, Error, Result, TagCategoryId, TagId, TagRuleId, Timestamp, feed, tag};

/// A contact's tags. Callers have asked for sight.
///
/// # Errors
/// When the database fails.
pub async fn given(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<Given>> {
    Ok(super::by_api::of_all(tx, &[contact.0]).await?.remove(&contact).unwrap_or_default())
}

/// A tag on a contact as it is read.
pub(super) struct GivenRow {
    pub(super) contact_id: uuid::Uuid,
    pub(super) id: uuid::Uuid,
    pub(super) name: String,
    pub(super) category: String,
    pub(super) colour: String,
    pub(super) kind: String,
    pub(super) given_at: Timestamp,
    pub(super) given_by: serde_json::Value,
    pub(super) automation: Option<String>,
}

impl GivenRow {
    pub(super) fn given(self) -> Result<Given> {
        let doer: Doer = serde_json::from_value(self.given_by)?;
        let automation = self.automation.map(|word| word.parse()).transpose()?;
        let by = match automation {
            Some(Kind::FirstMessage) => "a First Message rule".to_owned(),
            Some(Kind::Api) if doer == Doer::Api => "the API".to_owned(),
            Some(Kind::Broadcast) => "a campaign".to_owned(),
            Some(Kind::Api | Kind::Manual) | None => doer.name().into_owned(),
        };
        let label = Label {
            id: TagId(self.id),
            name: self.name,
            category: self.category,
            colour: self.colour.parse()?,
            kind: self.kind.parse()?,
        };
        Ok(Given { label, by, at: self.given_at, automation })
    }
}

/// The tags that members give, in order.
///
/// # Errors
/// When the database fails.
pub async fn choices(desk: &Desk) -> Result<Vec<Label>> {
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        "select t.id, t.name, c.name as category, t.colour, t.kind from tag t
         join tag_category c on c.workspace_id = t.workspace_id and c.id = t.category_id
         where t.workspace_id = $1 and t.archived_at is null
         order by c.position, c.name, t.position, t.name limit $2",
        tx.workspace.0,
        super::MOST_TAGS,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let (colour, kind) = (row.colour.parse()?, row.kind.parse()?);
            Ok(Label { id: TagId(row.id), name: row.name, category: row.category, colour, kind })
        })
        .collect()
}

/// A member gives a manual tag to a chat's customer. Given already, nothing changes.
///
/// # Errors
/// `NotFound` out of sight, `Refused` to who only watches, `Invalid` for tags that members do not give.
pub async fn give(desk: &Desk, member: &Member, chat: ChatId, tag: TagId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let contact = editable(&mut tx, member, chat).await?;
    let found = get(&mut tx, tag).await?;
    if found.archived {
        return Err(Error::Invalid(format!("The tag “{}” is archived and given no more.", found.name)));
    }
    if found.kind != Kind::Manual {
        return Err(Error::Invalid(format!("The tag “{}” is given by automation only.", found.name)));
    }
    let carried = sqlx::query_scalar!(
        r#"select count(*) as "n!" from contact_tag where workspace_id = $1 and contact_id = $2"#,
        tx.workspace.0,
        contact.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if carried >= MOST_GIVEN {
        return Err(Error::Invalid(format!("A contact takes at most {MOST_GIVEN} tags.")));
    }
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    if !put(&mut tx, contact, Some(chat), tag, &found, None, &doer, now).await? {
        return Ok(());
    }
    tx.commit().await
}

/// A member takes a tag off a chat's customer. Off already, nothing changes.
///
/// # Errors
/// `NotFound` out of sight, `Refused` to who only watches, `Forbidden` to agents where the tag is an automation's.
pub async fn take(desk: &Desk, member: &Member, chat: ChatId, tag: TagId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let contact = editable(&mut tx, member, chat).await?;
    let found = get(&mut tx, tag).await?;
    if !member.role.supervises() && (found.kind != Kind::Manual || given_by_automation(&mut tx, contact, tag).await?) {
        return Err(Error::Forbidden);
    }
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    if !remove(&mut tx, contact, Some(chat), tag, &found, &doer, now).await? {
        return Ok(());
    }
    tx.commit().await
}

/// Whether an automation gave it: a manual tag may be the API's as well.
async fn given_by_automation(tx: &mut Tx<'_>, contact: ContactId, tag: TagId) -> Result<bool> {
    let given = sqlx::query_scalar!(
        r#"select exists (select 1 from contact_tag where workspace_id = $1 and tag_id = $3 and automation is not null
           and contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))) as "given!""#,
        tx.workspace.0,
        contact.0,
        tag.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(given)
}

/// The chat's customer, for a member who may change what is known of them: in full sight, and not by a watch.
async fn editable(tx: &mut Tx<'_>, member: &Member, chat: ChatId) -> Result<ContactId> {
    let locked = lock(tx, chat).await?;
    list::customer_row(tx, member, chat).await?;
    if locked.state.holder().is_some_and(|holder| holder != member.id) {
        return Err(Refusal::NotHolder.into());
    }
    Ok(locked.contact)
}

/// A tag as far as giving needs to know.
struct Found {
    name: String,
    category: String,
    kind: Kind,
    archived: bool,
}

/// Locked against deletion until the transaction ends.
async fn get(tx: &mut Tx<'_>, tag: TagId) -> Result<Found> {
    let row = sqlx::query!(
        r#"select t.name, c.name as category, t.kind, t.archived_at is not null as "archived!" from tag t
           join tag_category c on c.workspace_id = t.workspace_id and c.id = t.category_id
           where t.workspace_id = $1 and t.id = $2 for share of t"#,
        tx.workspace.0,
        tag.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Found { name: row.name, category: row.category, kind: row.kind.parse()?, archived: row.archived })
}

/// Gives a tag for an automation or one of the business's own systems, and tells whether it is new to the contact.
/// An archived tag is not given.
///
/// # Errors
/// `NotFound` for a tag that does not exist.
pub async fn give_automated(
    tx: &mut Tx<'_>,
    contact: ContactId,
    tag: TagId,
    doer: &Doer,
    now: Timestamp,
) -> Result<bool> {
    let found = get(tx, tag).await?;
    if found.archived {
        return Ok(false);
    }
    let automation = match (found.kind, doer) {
        (_, Doer::Api | Doer::Key { .. }) => Some(Kind::Api),
        (Kind::Manual, _) => None,
        (kind, _) => Some(kind),
    };
    put(tx, contact, None, tag, &found, automation, doer, now).await
}

/// Takes a tag off for one of the business's own systems, and tells whether the contact had it.
///
/// # Errors
/// `NotFound` for a tag that does not exist.
pub async fn take_automated(
    tx: &mut Tx<'_>,
    contact: ContactId,
    tag: TagId,
    doer: &Doer,
    now: Timestamp,
) -> Result<bool> {
    let found = get(tx, tag).await?;
    remove(tx, contact, None, tag, &found, doer, now).await
}

#[expect(clippy::too_many_arguments, reason = "one row of a table")]
async fn put(
    tx: &mut Tx<'_>,
    contact: ContactId,
    chat: Option<ChatId>,
    tag: TagId,
    found: &Found,
    automation: Option<Kind>,
    doer: &Doer,
    now: Timestamp,
) -> Result<bool> {
    let given = sqlx::query!(
        "insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by, automation)
         select $1, $2, $3, $4, $5, $6 where not exists (select 1 from contact_tag g
            join contact p on p.workspace_id = $1 and p.id = g.contact_id
            where g.workspace_id = $1 and g.tag_id = $3 and p.merged_into = $2)
         on conflict do nothing",
        tx.workspace.0,
        contact.0,
        tag.0,
        now,
        serde_json::to_value(doer)?,
        automation.map(Kind::as_str),
    )
    .execute(tx.conn())
    .await?;
    if given.rows_affected() == 0 {
        return Ok(false);
    }
    let what = Happening::TagGiven { tag: found.name.clone(), category: found.category.clone(), automation };
    journey::store::add(tx, contact, chat, &what, doer, None, now)?;
    feed::store::profile_changed(tx, &[contact], now).await?;
    Ok(true)
}

async fn remove(
    tx: &mut Tx<'_>,
    contact: ContactId,
    chat: Option<ChatId>,
    tag: TagId,
    found: &Found,
    doer: &Doer,
    now: Timestamp,
) -> Result<bool> {
    let taken = sqlx::query!(
        "delete from contact_tag where workspace_id = $1 and tag_id = $3
           and contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))",
        tx.workspace.0,
        contact.0,
        tag.0,
    )
    .execute(tx.conn())
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(false);
    }
    let what = Happening::TagTaken { tag: found.name.clone(), category: found.category.clone() };
    journey::store::add(tx, contact, chat, &what, doer, None, now)?;
    feed::store::profile_changed(tx, &[contact], now).await?;
    Ok(true)
}

/// The category of tags that the API makes.
const API_CATEGORY: &str = "API";

/// The tag of this name, in the order of categories and current ones before archived ones; where there is none, a new
/// one of the API's in a category of its own.
///
/// # Errors
/// `Invalid` for a name that cannot be used, an archived tag's, or one too many.
pub async fn by_name_or_make_api_tag(tx: &mut Tx<'_>, name: &str, now: Timestamp) -> Result<TagId> {
    let name = super::name(name)?;
    if let Some(tag) = by_name(tx, &name).await? {
        return Ok(tag);
    }
    crate::workspace::define::lock(tx).await?;
    // Another may have been faster.
    if let Some(tag) = by_name(tx, &name).await? {
        return Ok(tag);
    }
    let category = super::define::category_named(tx, API_CATEGORY, now).await?;
    let draft = tag::TagDraft { category: TagCategoryId(category.0), name, colour: tag::Colour::Grey, kind: Kind::Api };
    let tag = super::define::add_tag(tx, &draft, now).await?;
    feed::store::defined(tx, now).await?;
    Ok(tag)
}

async fn by_name(tx: &mut Tx<'_>, name: &str) -> Result<Option<TagId>> {
    let found = sqlx::query!(
        r#"select t.id, t.archived_at is not null as "archived!" from tag t
           join tag_category c on c.workspace_id = t.workspace_id and c.id = t.category_id
           where t.workspace_id = $1 and lower(t.name) = lower($2)
           order by t.archived_at is not null, c.position, t.position limit 1"#,
        tx.workspace.0,
        name,
    )
    .fetch_optional(tx.conn())
    .await?;
    match found {
        Some(row) if row.archived => Err(Error::Invalid(format!("The tag “{name}” is archived and given no more."))),
        found => Ok(found.map(|row| TagId(row.id))),
    }
}

/// The First Message rules in force, in order; their tags stay until the transaction ends.
///
/// # Errors
/// When the database fails.
pub(crate) async fn rules_in_force(tx: &mut Tx<'_>) -> Result<Vec<Rule>> {
    let rows = sqlx::query!(
        "select r.id, r.tag_id, r.looks_at, r.match, r.words from tag_rule r
         join tag t on t.workspace_id = r.workspace_id and t.id = r.tag_id
         where r.workspace_id = $1 and r.enabled and t.archived_at is null
         order by r.position, r.id for key share of t",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let (looks_at, matches): (LooksAt, Match) = (row.looks_at.parse()?, row.r#match.parse()?);
            let draft = RuleDraft { tag: TagId(row.tag_id), looks_at, matches, words: row.words, enabled: true };
            Ok(Rule { id: TagRuleId(row.id), draft })
        })
        .collect()
}

/// A tag that a customer's first message earned.
pub(crate) struct Earned {
    pub(crate) contact: ContactId,
    pub(crate) chat: ChatId,
    pub(crate) tag: TagId,
    /// The first message's place in the thread.
    pub(crate) seq: i64,
}

/// Gives what first messages earned, with its steps in the journey; the chats' own feed rows tell screens.
///
/// # Errors
/// When the database fails.
pub(crate) async fn give_earned(tx: &mut Tx<'_>, earned: &[Earned], now: Timestamp) -> Result<()> {
    if earned.is_empty() {
        return Ok(());
    }
    let contacts: Vec<_> = earned.iter().map(|one| one.contact.0).collect();
    let tags: Vec<_> = earned.iter().map(|one| one.tag.0).collect();
    let given = sqlx::query!(
        r#"with new as (
               insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by, automation)
               select $1, e.contact, e.tag, $4, $5, 'first_message' from unnest($2::uuid[], $3::uuid[]) as e(contact, tag)
               on conflict do nothing returning contact_id, tag_id)
           select new.contact_id, new.tag_id, t.name, c.name as category from new
           join tag t on t.workspace_id = $1 and t.id = new.tag_id
           join tag_category c on c.workspace_id = $1 and c.id = t.category_id"#,
        tx.workspace.0,
        &contacts,
        &tags,
        now,
        serde_json::to_value(Doer::Clock)?,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in given {
        let fits = |one: &&Earned| one.contact.0 == row.contact_id && one.tag.0 == row.tag_id;
        let Some(one) = earned.iter().find(fits) else { continue };
        let what = Happening::TagGiven { tag: row.name, category: row.category, automation: Some(Kind::FirstMessage) };
        journey::store::add(tx, one.contact, Some(one.chat), &what, &Doer::Clock, Some(one.seq), now)?;
    }
    Ok(())
}
