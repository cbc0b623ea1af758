//! Lists: so many items, and where the next ones begin.

use super::problem::{Problem, invalid};
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Items of a page, where nobody asks for more or fewer.
const USUAL: i64 = 50;
/// Items of a page, at most.
const MOST: i64 = 100;

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Send it as `after` for the next page; null at the end.
    pub next: Option<String>,
}

impl<T: Serialize> Page<T> {
    /// From one item more than fits; `key` names the place of an item.
    pub fn of(mut items: Vec<T>, limit: i64, key: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(key);
        Self { items, next }
    }

    /// A list that is never long.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// How many items are asked for.
///
/// # Errors
/// For a number out of bounds.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    match asked.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit),
        _ => invalid("“limit” is a number from 1 to 100."),
    }
}
