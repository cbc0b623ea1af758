//! Tags and their categories: which there are, and API tags that are made.

use super::call::{Act, Read, TagsRead, TagsWrite};
use super::page::Page;
use super::problem::Problem;
use super::words::word_schema;
use axum::response::Response;
use domain::tag::{self, Colour, Kind, Label, by_api};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

word_schema!(kind, kind_or_null, Kind, "Who gives it: members, First Message rules, your systems, or campaigns.");
word_schema!(colour, colour_or_null, Colour, "Its colour on screen.");

/// A category of tags.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagCategory {
    /// Which.
    id: Uuid,
    /// Its name.
    name: String,
    /// Its tags, in order.
    tags: Vec<Tag>,
}

/// A tag.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tag {
    /// Which.
    id: Uuid,
    /// Its name, unique in its category.
    name: String,
    /// Its category's name.
    category: String,
    /// Its colour on screen.
    #[schema(schema_with = colour)]
    colour: Colour,
    /// Who gives it: members, First Message rules, your systems, or campaigns.
    #[schema(schema_with = kind)]
    kind: Kind,
    /// Whether it is given no more.
    archived: bool,
}

/// A tag to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTag {
    /// Its name, up to 40 characters.
    #[schema(min_length = 1, example = "Newsletter")]
    name: String,
}

/// List tag categories
///
/// All of them with their tags, in the order of Manage.
#[utoipa::path(get, path = "/tag-categories", tag = "Tags", security(("key" = ["tags:read"])),
    responses((status = 200, description = "All categories", body = Page<TagCategory>)))]
pub async fn categories(mut read: Read<TagsRead>) -> Result<Page<TagCategory>, Problem> {
    let found = by_api::categories(&mut read.tx).await?;
    Ok(Page::whole(found.into_iter().map(TagCategory::from).collect()))
}

/// List tags
///
/// All of them, in the order of Manage.
#[utoipa::path(get, path = "/tags", tag = "Tags", security(("key" = ["tags:read"])),
    responses((status = 200, description = "All tags", body = Page<Tag>)))]
pub async fn list(mut read: Read<TagsRead>) -> Result<Page<Tag>, Problem> {
    let found = by_api::categories(&mut read.tx).await?;
    Ok(Page::whole(found.into_iter().flat_map(|category| TagCategory::from(category).tags).collect()))
}

/// Make an API tag
///
/// In the category “API”. Where there is a tag of this name already, in any category, it is that one.
#[utoipa::path(post, path = "/tags", tag = "Tags", security(("key" = ["tags:write"])), request_body = NewTag,
    responses((status = 200, description = "The tag", body = Tag)))]
pub async fn make(mut act: Act<TagsWrite, NewTag>) -> Result<Response, Problem> {
    let tag = tag::store::by_name_or_make_api_tag(&mut act.tx, &act.body.name, act.now).await?;
    let Label { id, name, category, colour, kind } = by_api::label(&mut act.tx, tag).await?;
    act.done(StatusCode::OK, &Tag { id: id.0, name, category, colour, kind, archived: false }).await
}

impl From<tag::Category> for TagCategory {
    fn from(category: tag::Category) -> Self {
        let tag = |tag: tag::Tag| Tag {
            id: tag.id.0,
            name: tag.draft.name,
            category: category.name.clone(),
            colour: tag.draft.colour,
            kind: tag.draft.kind,
            archived: tag.archived,
        };
        let tags = category.tags.into_iter().map(tag).collect();
        Self { id: category.id.0, name: category.name, tags }
    }
}
