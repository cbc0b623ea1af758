//! A filter as SQL. Here alone queries are put together when they run, as there are more filters than could be
//! written down: every piece of the text is a literal of this file, and everything that came from outside is bound.

use super::{Condition, Count, From, Group, Join, Moment, Part, Sorted, Value, Words, sorted_as};
use crate::attribute::Kind;
use crate::chat::Status;
use crate::contact::{Opted, Phone};
use crate::db::Tx;
use crate::{AttributeId, ContactId, Result, TagId, Timestamp};
use chrono::TimeDelta;
use sqlx::{Postgres, QueryBuilder};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

type Query = QueryBuilder<Postgres>;

/// When a customer last wrote, as its index has it: `coalesce()` is no function that row-level security lets into one.
pub(crate) const LAST_ACTIVE: &str = "(case when c.last_active_at is null then '-infinity' else c.last_active_at end)";

/// What a filter is read by, as of one transaction.
pub(crate) struct Scope {
    workspace: Uuid,
    now: Timestamp,
    tags: HashSet<TagId>,
    attributes: HashMap<AttributeId, Kind>,
    /// Whether any contact was merged into another one.
    merged: bool,
    /// Contacts with a chat that somebody else holds.
    pub(crate) hidden: Vec<Uuid>,
}

impl Scope {
    /// Tags and attributes that are there and not archived, and who is out of this member's sight.
    pub(crate) async fn load(tx: &mut Tx<'_>, member: crate::MemberId, now: Timestamp) -> Result<Self> {
        let tags =
            sqlx::query_scalar!("select id from tag where workspace_id = $1 and archived_at is null", tx.workspace.0)
                .fetch_all(tx.conn())
                .await?;
        let attributes = sqlx::query!(
            "select id, kind from attribute_definition where workspace_id = $1 and archived_at is null",
            tx.workspace.0
        )
        .fetch_all(tx.conn())
        .await?;
        let merged = sqlx::query_scalar!(
            r#"select exists (select 1 from contact where workspace_id = $1 and merged_into is not null) as "any!""#,
            tx.workspace.0
        )
        .fetch_one(tx.conn())
        .await?;
        Ok(Self {
            workspace: tx.workspace.0,
            merged,
            now,
            tags: tags.into_iter().map(TagId).collect(),
            attributes: attributes
                .into_iter()
                .map(|row| Ok((AttributeId(row.id), row.kind.parse()?)))
                .collect::<Result<_>>()?,
            hidden: hidden(tx, member).await?,
        })
    }

    /// Whether a condition is about a tag or an attribute that is gone or archived: it holds for nobody.
    pub(crate) fn is_gone(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Tag { tag, .. } => !self.tags.contains(tag),
            Condition::Attribute { attribute, .. } => !self.attributes.contains_key(attribute),
            _ => false,
        }
    }

    /// `<select> from contact c where` everybody in sight who matches; more may be added with `and`.
    pub(crate) fn select(&self, select: &'static str, filter: &Group) -> Query {
        let mut query = Query::new(select);
        query.push(" from contact c where c.merged_into is null and c.workspace_id = ");
        query.push_bind(self.workspace);
        if !self.hidden.is_empty() {
            query.push(" and not (c.id = any(").push_bind(self.hidden.clone()).push("))");
        }
        if !filter.parts.is_empty() {
            query.push(" and ");
            self.group(&mut query, filter);
        }
        query
    }

    fn group(&self, query: &mut Query, group: &Group) {
        if group.parts.is_empty() {
            query.push("true");
            return;
        }
        let word = match group.join {
            Join::All => " and ",
            Join::Any => " or ",
        };
        query.push("(");
        for (n, part) in group.parts.iter().enumerate() {
            if n > 0 {
                query.push(word);
            }
            match part {
                Part::Group(group) => self.group(query, group),
                Part::Condition(condition) if self.is_gone(condition) => drop(query.push("false")),
                Part::Condition(condition) => self.condition(query, condition),
            }
        }
        query.push(")");
    }

    fn condition(&self, query: &mut Query, condition: &Condition) {
        match condition {
            Condition::Name(words) => name(query, words),
            Condition::Phone(words) => self.phone(query, words),
            Condition::Username(words) => self.username(query, words),
            Condition::Bsuid(words) => self.bsuid(query, words),
            Condition::FirstMessage(words) => self.first_message(query, words),
            Condition::Status(any) => {
                // Whoever was merged has no chat of their own any more.
                query.push("exists (select from chat x where x.contact_id = c.id and x.workspace_id = ");
                query.push_bind(self.workspace).push(" and (false");
                // Each as the lists' index has it.
                for status in any {
                    query.push(match status {
                        Status::Intervened => " or x.queue = 'intervened'",
                        Status::Requesting => " or x.queue = 'requested'",
                        Status::Active => " or (x.queue = 'active' and x.resolved_by is null)",
                        Status::Closed => {
                            " or (x.queue = 'active' and x.resolved_by is not null) or x.queue in ('history', 'merged')"
                        }
                    });
                }
                query.push("))");
            }
            // As the table's index has it.
            Condition::LastActive(Moment::Never) => {
                query.push(LAST_ACTIVE).push(" = '-infinity'");
            }
            Condition::LastActive(moment) => {
                query.push(LAST_ACTIVE);
                self.moment(query, *moment);
                query.push(" and c.last_active_at is not null");
            }
            Condition::FirstSeen(Moment::Never) => drop(query.push("false")),
            Condition::FirstSeen(moment) => {
                query.push("c.first_seen_at");
                self.moment(query, *moment);
            }
            Condition::Source(from) => drop(query.push("c.source ? ").push_bind(From::as_str(*from))),
            Condition::SourceWords(words) => {
                query.push(if matches!(words, Words::Empty) { "not (" } else { "(" });
                first_said(query, "coalesce(c.source #>> '{named,text}', c.source #>> '{ad,headline}')", words);
                query.push(")");
            }
            Condition::SessionMessages(count) => between(query, "c.session_messages", *count),
            Condition::TemplateMessages(count) => between(query, "c.template_messages", *count),
            Condition::Unresolved(count) => between(query, "c.unresolved_queries", *count),
            Condition::Opted(None) => drop(query.push("c.opted is null")),
            Condition::Opted(Some(opted)) => {
                query.push("(c.opted is not null and c.opted = ").push_bind(Opted::as_str(*opted)).push(")");
            }
            Condition::Blocked(blocked) => {
                query.push(if *blocked { "c.blocked_at is not null" } else { "c.blocked_at is null" });
            }
            Condition::Tag { tag, has } => {
                self.has(query, "contact_tag", *has, |query| {
                    query.push("x.tag_id = ").push_bind(tag.0);
                });
            }
            Condition::Attribute { attribute, is } => self.attribute(query, *attribute, is),
        }
    }

    /// `[not] exists` with the contact or, where there are such, with whoever was merged into it.
    fn has(&self, query: &mut Query, table: &'static str, yes: bool, what: impl Fn(&mut Query)) {
        query.push(if yes { "exists (select from " } else { "not exists (select from " });
        if !self.merged {
            query.push(table).push(" x where x.contact_id = c.id and x.workspace_id = ").push_bind(self.workspace);
            query.push(" and ");
            what(query);
            query.push(")");
            return;
        }
        // Two selects side by side: either can use the indexes that a single one does.
        query.push("(select x.contact_id from ").push(table).push(" x where x.workspace_id = ");
        query.push_bind(self.workspace).push(" and ");
        what(query);
        query
            .push(" union all select p.merged_into from ")
            .push(table)
            .push(" x join contact p on p.id = x.contact_id");
        query.push(" and p.workspace_id = x.workspace_id and p.merged_into is not null where x.workspace_id = ");
        query.push_bind(self.workspace).push(" and ");
        what(query);
        if table == "attribute" {
            // As the profile shows it: the contact's own value first, then the newest.
            query.push(
                " and not exists (select from attribute o join contact q on q.workspace_id = o.workspace_id and q.id = o.contact_id
                    where o.workspace_id = x.workspace_id and o.definition_id = x.definition_id
                      and (q.id = p.merged_into or q.merged_into = p.merged_into) and (q.merged_into is null or o.set_at > x.set_at))",
            );
        }
        query.push(") x where x.contact_id = c.id)");
    }

    fn phone(&self, query: &mut Query, words: &Words) {
        self.has(query, "identity", !matches!(words, Words::Empty), |query| {
            query.push("x.kind = 'phone'");
            match words {
                Words::Contains(text) => {
                    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
                    // What has no digit stands in no number.
                    let part = if digits.is_empty() { "none".to_owned() } else { format!("%{digits}%") };
                    query.push(" and (x.value like ").push_bind(part.clone());
                    query.push(" or x.canonical like ").push_bind(part).push(")");
                }
                Words::Is(text) => {
                    let number = Phone::parse(text).map(|phone| phone.canonical()).unwrap_or_default();
                    query.push(" and x.canonical = ").push_bind(number);
                }
                Words::Filled | Words::Empty => {}
            }
        });
    }

    fn username(&self, query: &mut Query, words: &Words) {
        self.has(query, "identity", !matches!(words, Words::Empty), |query| {
            query.push("x.kind = 'username'");
            match words {
                Words::Contains(text) => drop(query.push(" and x.value ilike ").push_bind(pattern(bare(text)))),
                Words::Is(text) => {
                    query.push(" and x.canonical = lower(").push_bind(bare(text).to_owned()).push(")");
                }
                Words::Filled | Words::Empty => {}
            }
        });
    }

    fn bsuid(&self, query: &mut Query, words: &Words) {
        self.has(query, "identity", !matches!(words, Words::Empty), |query| {
            query.push("x.kind = 'bsuid'");
            match words {
                Words::Contains(text) => drop(query.push(" and x.value ilike ").push_bind(pattern(text.trim()))),
                Words::Is(text) => drop(query.push(" and x.canonical = ").push_bind(text.trim().to_owned())),
                Words::Filled | Words::Empty => {}
            }
        });
    }

    /// Whoever was merged into a contact wrote a first time, too: either counts.
    fn first_message(&self, query: &mut Query, words: &Words) {
        query.push(if matches!(words, Words::Empty) { "not (" } else { "(" });
        first_said(query, "c.first_message", words);
        if self.merged {
            query.push(" or exists (select from contact p where p.merged_into = c.id and p.workspace_id = ");
            query.push_bind(self.workspace).push(" and ");
            first_said(query, "p.first_message", words);
            query.push(")");
        }
        query.push(")");
    }

    fn moment(&self, query: &mut Query, moment: Moment) {
        let ago = |days: i64| self.now - TimeDelta::days(days);
        match moment {
            Moment::Within(days) => query.push(" >= ").push_bind(ago(days)),
            Moment::LongerAgo(days) => query.push(" < ").push_bind(ago(days)),
            Moment::From(at) => query.push(" >= ").push_bind(at),
            Moment::Before(at) => query.push(" < ").push_bind(at),
            Moment::Never => query.push(" is null"),
        };
    }

    fn attribute(&self, query: &mut Query, attribute: AttributeId, is: &Value) {
        let yes = !matches!(is, Value::NoneOf(_) | Value::Words(Words::Empty));
        self.has(query, "attribute", yes, |query| {
            query.push("x.definition_id = ").push_bind(attribute.0).push(" and ");
            self.value(query, attribute, is);
        });
    }

    fn value(&self, query: &mut Query, attribute: AttributeId, is: &Value) {
        match is {
            Value::Words(Words::Contains(text)) => drop(query.push("x.value ilike ").push_bind(pattern(text))),
            Value::Words(Words::Is(text)) => {
                query.push("x.key = attribute_key(").push_bind(text.clone());
                query.push(") and lower(x.value) = lower(").push_bind(text.clone()).push(")");
            }
            Value::Words(Words::Filled | Words::Empty) => drop(query.push("x.value <> ''")),
            Value::Between(from, to) => {
                let days = from.as_deref().or(to.as_deref()).and_then(sorted_as) == Some(Sorted::Day);
                let (lowest, beyond) = if days { ("d", "e") } else { ("n", "o") };
                match from {
                    Some(from) => query.push("x.key >= attribute_key(").push_bind(from.clone()).push(")"),
                    None => query.push("x.key >= ").push_bind(lowest),
                };
                match to {
                    Some(to) => query.push(" and x.key <= attribute_key(").push_bind(to.clone()).push(")"),
                    None => query.push(" and x.key < ").push_bind(beyond),
                };
            }
            Value::AnyOf(options) | Value::NoneOf(options) => {
                let kind = self.attributes.get(&attribute);
                if kind == Some(&Kind::ManyOf) {
                    query.push("string_to_array(x.value, E'\\n') && ").push_bind(options.clone());
                } else {
                    query.push("x.key in (");
                    for (n, option) in options.iter().enumerate() {
                        query.push(if n > 0 { ", attribute_key(" } else { "attribute_key(" });
                        query.push_bind(option.clone()).push(")");
                    }
                    query.push(")");
                }
                // Options are short and differ in more than their case: the key says all, and Postgres guesses better
                // by one condition than by two.
                if !matches!(kind, Some(Kind::ManyOf | Kind::OneOf | Kind::YesNo)) {
                    query.push(" and x.value = any(").push_bind(options.clone()).push(")");
                }
            }
        }
    }
}

/// Contacts with a chat that is held by somebody else, also by way of a contact that was merged into them.
pub(crate) async fn hidden(tx: &mut Tx<'_>, member: crate::MemberId) -> Result<Vec<Uuid>> {
    let ids = sqlx::query_scalar!(
        r#"select distinct coalesce(c.merged_into, c.id) as "id!" from chat h
           join contact c on c.workspace_id = h.workspace_id and c.id = h.contact_id
           where h.workspace_id = $1 and h.state = 'intervened' and h.holder <> $2"#,
        tx.workspace.0,
        member.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}

/// Those of them that are out of the member's sight.
pub(crate) async fn hidden_of(
    tx: &mut Tx<'_>,
    member: crate::MemberId,
    of: &[ContactId],
) -> Result<HashSet<ContactId>> {
    let hidden = hidden(tx, member).await?;
    Ok(hidden.into_iter().map(ContactId).filter(|id| of.contains(id)).collect())
}

fn name(query: &mut Query, words: &Words) {
    match words {
        Words::Contains(text) => query.push("(c.name is not null and c.name ilike ").push_bind(pattern(text)).push(")"),
        Words::Is(text) => {
            query.push("(c.sort_name = lower(left(").push_bind(text.clone());
            query.push(", 100)) and lower(c.name) = lower(").push_bind(text.clone()).push("))")
        }
        Words::Filled => query.push("coalesce(c.name, '') <> ''"),
        Words::Empty => query.push("coalesce(c.name, '') = ''"),
    };
}

fn first_said(query: &mut Query, column: &'static str, words: &Words) {
    query.push("coalesce(").push(column).push(", '') ");
    match words {
        Words::Contains(text) => query.push("ilike ").push_bind(pattern(text)),
        Words::Is(text) => query.push("ilike ").push_bind(escaped(text)),
        Words::Filled | Words::Empty => query.push("<> ''"),
    };
}

fn between(query: &mut Query, column: &'static str, count: Count) {
    query.push("(");
    if let Some(least) = count.least {
        query.push(column).push(" >= ").push_bind(least);
    }
    if let Some(most) = count.most {
        query.push(if count.least.is_some() { " and " } else { "" }).push(column).push(" <= ").push_bind(most);
    }
    query.push(")");
}

/// A username is written with or without `@`.
fn bare(text: &str) -> &str {
    text.trim().trim_start_matches('@')
}

fn pattern(text: &str) -> String {
    format!("%{}%", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
