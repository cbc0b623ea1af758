//! A contact's journey: what happened, who did it, when.

use super::call::{Asked, At, JourneyRead, Read};
use super::page::{Page, limit};
use super::problem::Problem;
use super::words::word_schema;
use chrono::{DateTime, Utc};
use domain::contact::directory;
use domain::journey::{DoerKind, JourneyStep, Part, by_api};
use domain::{ContactId, JourneyId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

word_schema!(part, part_or_null, Part, "What it is about.");
word_schema!(doer, doer_or_null, DoerKind, "Who did it.");

/// One step of a journey.
#[derive(Debug, Serialize, ToSchema)]
pub struct Step {
    /// Which.
    pub id: Uuid,
    /// What it is about.
    #[schema(schema_with = part)]
    part: Part,
    /// What happened, in a sentence.
    words: String,
    /// What happened, for machines: its kind, and what belongs to it.
    #[schema(value_type = Object)]
    what: serde_json::Value,
    /// Who did it.
    #[schema(schema_with = doer)]
    by: DoerKind,
    /// By which name.
    by_name: String,
    /// When.
    at: DateTime<Utc>,
    /// In which chat.
    chat: Option<Uuid>,
    /// The place in that chat's thread.
    seq: Option<i64>,
    /// The handling that it belongs to.
    episode: Option<Uuid>,
}

/// Which steps.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// The page before's `next`.
    after: Option<Uuid>,
    /// How many; 50 where it is missing.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// Read a contact's journey
///
/// Newest first: everything that customer, agents, bot and your systems did.
#[utoipa::path(get, path = "/contacts/{contact}/journey", tag = "Journey", security(("key" = ["journey:read"])),
    params(("contact" = Uuid, Path, description = "The contact's id"), Which),
    responses((status = 200, description = "A page", body = Page<Step>)))]
pub async fn list(
    At(contact): At<ContactId>,
    Asked(which): Asked<Which>,
    mut read: Read<JourneyRead>,
) -> Result<Page<Step>, Problem> {
    let limit = limit(which.limit)?;
    let contact = directory::living(&mut read.tx, contact).await?;
    let found = by_api::page(&mut read.tx, contact, which.after.map(JourneyId), limit + 1).await?;
    let steps = found.into_iter().map(Step::try_from).collect::<Result<_, _>>()?;
    Ok(Page::of(steps, limit, |step: &Step| step.id.to_string()))
}

impl TryFrom<JourneyStep> for Step {
    type Error = domain::Error;

    fn try_from(step: JourneyStep) -> domain::Result<Self> {
        // A kind to which nothing belongs is a bare word.
        let what = match serde_json::to_value(&step.what)? {
            serde_json::Value::String(kind) => serde_json::json!({ kind: {} }),
            what => what,
        };
        Ok(Self {
            id: step.id.0,
            part: step.what.part(),
            words: step.what.sentence(&step.by),
            what,
            by: step.by.kind(),
            by_name: step.by.name().into_owned(),
            at: step.at,
            chat: step.chat.map(|chat| chat.0),
            seq: step.seq,
            episode: step.episode.map(|episode| episode.0),
        })
    }
}
