//! Contacts: listed, found by number, made or changed, tagged.

use super::call::{Act, Asked, At, ContactsRead, ContactsWrite, Read};
use super::page::{Page, limit};
use super::problem::{Problem, invalid};
use super::words::word_schema;
use axum::Json;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::contact::directory::{self, Change, Entry};
use domain::contact::{Opted, Phone};
use domain::tag::{Given, Kind};
use domain::{ContactId, TagId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

word_schema!(opted, opted_or_null, Opted, "Whether they want campaigns; null where nobody asked.");
word_schema!(kind, kind_or_null, Kind, "Who gives it.");

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contact {
    /// Stays the same for life; a merged contact's id leads to the one it became.
    pub id: Uuid,
    /// As they call themselves on WhatsApp, or as your systems named them.
    pub name: Option<String>,
    /// With `+` and country code, where it is known.
    #[schema(example = "+16505551234")]
    phone: Option<String>,
    /// The WhatsApp username, without `@`.
    username: Option<String>,
    /// Where they came from, in words.
    source: String,
    /// Values by the attributes' keys.
    attributes: BTreeMap<String, String>,
    /// The tags they carry.
    tags: Vec<ContactTag>,
    /// Whether they want campaigns; null where nobody asked.
    #[schema(schema_with = opted_or_null)]
    opted: Option<Opted>,
    /// Whether nothing is sent to them.
    blocked: bool,
    /// When they were first seen.
    first_seen_at: DateTime<Utc>,
    /// When they last wrote.
    last_active_at: Option<DateTime<Utc>>,
}

/// A tag on a contact.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactTag {
    /// Which.
    id: Uuid,
    /// Its name.
    name: String,
    /// Its category's name.
    category: String,
    /// Who gives it.
    #[schema(schema_with = kind)]
    kind: Kind,
    /// Who gave it, in words.
    given_by: String,
    /// When.
    given_at: DateTime<Utc>,
}

/// A contact to make or change, by its phone number.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    /// With its country code; spaces, dashes, dots and brackets may stand in it.
    #[schema(max_length = 40, pattern = "^[-+ ().0-9]+$", example = "+16505551234")]
    phone: String,
    /// Left as it is where it is missing.
    #[schema(min_length = 1, max_length = 200, example = "Carla Customer")]
    name: Option<String>,
    /// Where a new contact comes from, in your words; “API” where it is missing.
    #[schema(min_length = 1, max_length = 200, example = "Webshop")]
    source: Option<String>,
    /// Values by the attributes' keys; null clears. What is not named stays.
    #[serde(default)]
    attributes: BTreeMap<String, Option<String>>,
    /// What they told you about campaigns. Left as it is where it is missing.
    #[schema(schema_with = opted_or_null)]
    opted: Option<Opted>,
    /// Names of tags to give, up to 40 characters each. Those that do not exist are made as API tags.
    #[serde(default)]
    #[schema(max_items = 50)]
    tags: Vec<String>,
}

/// What to change of a contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactChange {
    /// Left as it is where it is missing.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Values by the attributes' keys; null clears. What is not named stays.
    #[serde(default)]
    attributes: BTreeMap<String, Option<String>>,
    /// What they told you about campaigns. Left as it is where it is missing.
    #[schema(schema_with = opted_or_null)]
    opted: Option<Opted>,
}

/// Tags to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContactTags {
    /// Their names, up to 40 characters each. Those that do not exist are made as API tags.
    #[schema(min_items = 1, max_items = 50, example = json!(["VIP"]))]
    names: Vec<String>,
}

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// The one with this number, in any of its forms.
    #[param(max_length = 40, pattern = "^[-+ ().0-9]+$")]
    phone: Option<String>,
    /// The page before's `next`.
    after: Option<Uuid>,
    /// How many; 50 where it is missing.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// List contacts
///
/// In the order in which they were made. Merged contacts are not listed.
#[utoipa::path(get, path = "/contacts", tag = "Contacts", params(Which), security(("key" = ["contacts:read"])),
    responses((status = 200, description = "A page", body = Page<Contact>)))]
pub async fn list(Asked(which): Asked<Which>, mut read: Read<ContactsRead>) -> Result<Page<Contact>, Problem> {
    let limit = limit(which.limit)?;
    let found = match which.phone {
        Some(number) => directory::by_phone(&mut read.tx, &phone(&number)?).await?.into_iter().collect(),
        None => directory::page(&mut read.tx, which.after.map(ContactId), limit + 1).await?,
    };
    Ok(Page::of(found.into_iter().map(Contact::from).collect(), limit, |contact| contact.id.to_string()))
}

/// Read a contact
#[utoipa::path(get, path = "/contacts/{contact}", tag = "Contacts", security(("key" = ["contacts:read"])),
    params(("contact" = Uuid, Path, description = "The contact's id")),
    responses((status = 200, description = "The contact", body = Contact)))]
pub async fn get(At(id): At<ContactId>, mut read: Read<ContactsRead>) -> Result<Json<Contact>, Problem> {
    Ok(Json(directory::get(&mut read.tx, id).await?.into()))
}

/// Make or change a contact
///
/// Finds the contact by its phone number, in any of the number's forms, and makes it where there is none.
#[utoipa::path(post, path = "/contacts", tag = "Contacts", security(("key" = ["contacts:write"])),
    request_body = NewContact,
    responses((status = 200, description = "Changed", body = Contact), (status = 201, description = "Made", body = Contact)))]
pub async fn put(mut act: Act<ContactsWrite, NewContact>) -> Result<Response, Problem> {
    let number = phone(&act.body.phone)?;
    let NewContact { name, source, attributes, opted, tags, .. } = &act.body;
    let change = Change { name: name.clone(), attributes: attributes.clone(), opted: *opted, tags: tags.clone() };
    let (entry, new) = directory::put(&mut act.tx, number, source.as_deref(), &change, &act.by, act.now).await?;
    act.done(if new { StatusCode::CREATED } else { StatusCode::OK }, &Contact::from(entry)).await
}

/// Change a contact
#[utoipa::path(patch, path = "/contacts/{contact}", tag = "Contacts", security(("key" = ["contacts:write"])),
    params(("contact" = Uuid, Path, description = "The contact's id")), request_body = ContactChange,
    responses((status = 200, description = "Changed", body = Contact)))]
pub async fn change(At(id): At<ContactId>, mut act: Act<ContactsWrite, ContactChange>) -> Result<Response, Problem> {
    let ContactChange { name, attributes, opted } = &act.body;
    let change = Change { name: name.clone(), attributes: attributes.clone(), opted: *opted, tags: Vec::new() };
    let entry = directory::change(&mut act.tx, id, &change, &act.by, act.now).await?;
    act.done(StatusCode::OK, &Contact::from(entry)).await
}

/// Give tags to a contact
///
/// Tags that the contact carries already stay as they are.
#[utoipa::path(post, path = "/contacts/{contact}/tags", tag = "Contacts", security(("key" = ["contacts:write"])),
    params(("contact" = Uuid, Path, description = "The contact's id")), request_body = NewContactTags,
    responses((status = 200, description = "Given", body = Contact)))]
pub async fn give_tags(
    At(id): At<ContactId>,
    mut act: Act<ContactsWrite, NewContactTags>,
) -> Result<Response, Problem> {
    if act.body.names.is_empty() {
        return invalid("“names” takes at least one name.");
    }
    let change = Change { tags: std::mem::take(&mut act.body.names), ..Change::default() };
    let entry = directory::change(&mut act.tx, id, &change, &act.by, act.now).await?;
    act.done(StatusCode::OK, &Contact::from(entry)).await
}

/// Take a tag off a contact
///
/// Off already, nothing changes.
#[utoipa::path(delete, path = "/contacts/{contact}/tags/{tag}", tag = "Contacts", security(("key" = ["contacts:write"])),
    params(("contact" = Uuid, Path, description = "The contact's id"), ("tag" = Uuid, Path, description = "The tag's id")),
    responses((status = 204, description = "Taken off")))]
pub async fn take_tag(
    At((contact, tag)): At<(ContactId, TagId)>,
    mut act: Act<ContactsWrite>,
) -> Result<Response, Problem> {
    directory::take_tag(&mut act.tx, contact, tag, &act.by, act.now).await?;
    act.done(StatusCode::NO_CONTENT, &()).await
}

fn phone(text: &str) -> Result<Phone, Problem> {
    if text.len() > 40 || !text.chars().all(|c| c.is_ascii_digit() || "-+ ().".contains(c)) {
        return invalid("“phone” takes digits, +, spaces, dashes, dots and brackets: at most 40 characters.");
    }
    Ok(Phone::parse(text)?)
}

impl From<Entry> for Contact {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.0,
            name: entry.name,
            phone: entry.phone,
            username: entry.username,
            source: entry.source.to_string(),
            attributes: entry.attributes,
            tags: entry.tags.into_iter().map(ContactTag::from).collect(),
            opted: entry.opted,
            blocked: entry.blocked,
            first_seen_at: entry.first_seen_at,
            last_active_at: entry.last_active_at,
        }
    }
}

impl From<Given> for ContactTag {
    fn from(Given { label, by, at, .. }: Given) -> Self {
        let (id, name, category, kind) = (label.id.0, label.name, label.category, label.kind);
        Self { id, name, category, kind, given_by: by, given_at: at }
    }
}
