//! Attributes: which there are. Supervisors define them in Manage.

use super::call::{AttributesRead, Read};
use super::page::Page;
use super::problem::Problem;
use super::words::word_schema;
use domain::attribute::{Definition, Kind, by_api};
use serde::Serialize;
use utoipa::ToSchema;

word_schema!(
    kind,
    kind_or_null,
    Kind,
    "What its values are. Numbers and amounts are written as 1234.5, dates as 2026-05-03, phone numbers as +16505551234, several options one a line."
);

/// What a contact can have a value of.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attribute {
    /// Names it in contacts' attributes; never changes.
    key: String,
    /// Its name on screen.
    name: String,
    /// What its values are. Numbers and amounts are written as 1234.5, dates as 2026-05-03, phone numbers as +16505551234,
    /// yes or no as such, several options one a line.
    #[schema(schema_with = kind)]
    kind: Kind,
    /// What can be chosen, where something is.
    options: Vec<String>,
    /// Of amounts: three letters.
    currency: Option<String>,
    /// What it is for, in a sentence.
    help: Option<String>,
}

/// List attributes
///
/// All that contacts' profiles show, in the order of Manage.
#[utoipa::path(get, path = "/attributes", tag = "Attributes", security(("key" = ["attributes:read"])),
    responses((status = 200, description = "All attributes", body = Page<Attribute>)))]
pub async fn list(mut read: Read<AttributesRead>) -> Result<Page<Attribute>, Problem> {
    let found = by_api::definitions(&mut read.tx).await?;
    Ok(Page::whole(found.into_iter().map(Attribute::from).collect()))
}

impl From<Definition> for Attribute {
    fn from(Definition { key, shape, .. }: Definition) -> Self {
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        let (currency, help) = (filled(shape.currency), filled(shape.help));
        Self { key, name: shape.name, kind: shape.kind, options: shape.options, currency, help }
    }
}
