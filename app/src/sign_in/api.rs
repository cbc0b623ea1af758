//! Sessions, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::member::{Member, Presence};
use domain::{MemberId, Timestamp};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Who is signed in, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The member.
    pub member: Member,
    /// The workspace's name.
    pub workspace: String,
    /// Whether this is a demo.
    pub demo: bool,
    /// Whether supervisors may watch.
    pub may_watch: bool,
    /// The server's time.
    pub now: Timestamp,
}

/// A member whom a demo offers to sign in as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoMember {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// What they may do, as a word.
    pub role: String,
}

/// Who is signed in; `None` for nobody.
#[server(endpoint = "who_am_i", input = Json, output = Json)]
pub async fn who_am_i() -> Result<Option<Me>, AppError> {
    use crate::context::{context, signed_in};
    match signed_in().await {
        Ok((desk, member)) => {
            let workspace = domain::workspace::store::name(&desk).await?;
            let may_watch = member.role.supervises()
                && domain::setting::store::load(&mut desk.snapshot().await?).await?.supervisors_watch;
            let context = context();
            Ok(Some(Me { member, workspace, demo: context.demo, may_watch, now: context.clock.now() }))
        }
        Err(domain::Error::SignedOut) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Signs in and sets the cookie.
#[server(endpoint = "sign_in", input = Json, output = Json)]
pub async fn sign_in(email: String, password: String) -> Result<(), AppError> {
    let context = crate::context::context();
    let (before, from) = crate::context::caller().await;
    let now = context.clock.now();
    let token = domain::member::session::sign_in(&context.db, &email, password, &from, before.as_ref(), now).await?;
    set_cookie(&context.cookie.set(&token));
    Ok(())
}

/// Whom a demo offers to sign in as; empty outside demo mode.
#[server(endpoint = "demo_members", input = Json, output = Json)]
pub async fn demo_members() -> Result<Vec<DemoMember>, AppError> {
    let context = crate::context::context();
    if !context.demo {
        return Ok(Vec::new());
    }
    let Some(desk) = domain::workspace::store::demo(&context.db).await? else { return Ok(Vec::new()) };
    let mut tx = desk.snapshot().await?;
    let members = domain::member::store::all(&mut tx).await?;
    let offered = |member: Member| DemoMember { id: member.id, name: member.name, role: member.role.title().into() };
    Ok(members.into_iter().map(offered).collect())
}

/// Demo mode only: signs in as one of the demo's members with one click.
#[server(endpoint = "sign_in_demo", input = Json, output = Json)]
pub async fn sign_in_demo(member: MemberId) -> Result<(), AppError> {
    let context = crate::context::context();
    if !context.demo {
        return Err(domain::Error::Forbidden.into());
    }
    let (before, from) = crate::context::caller().await;
    let desk = domain::workspace::store::demo(&context.db).await?.ok_or(domain::Error::NotFound)?;
    let mut tx = desk.snapshot().await?;
    let member = domain::member::store::get(&mut tx, member).await?.ok_or(domain::Error::NotFound)?;
    let now = context.clock.now();
    let (id, name) = (member.id, &member.name);
    let token = domain::member::session::enter(&context.db, desk.id(), id, name, &from, before.as_ref(), now).await?;
    set_cookie(&context.cookie.set(&token));
    Ok(())
}

/// Ends the session.
#[server(endpoint = "sign_out", input = Json, output = Json)]
pub async fn sign_out() -> Result<(), AppError> {
    let context = crate::context::context();
    if let (Some(token), _) = crate::context::caller().await {
        domain::member::session::end(&context.db, &token, context.clock.now()).await?;
    }
    set_cookie(&context.cookie.clear());
    Ok(())
}

/// Sets a new password; every other session of this member ends.
#[server(endpoint = "change_password", input = Json, output = Json)]
pub async fn change_password(old: String, new: String) -> Result<(), AppError> {
    let (_, member) = crate::context::signed_in().await?;
    let context = crate::context::context();
    let now = context.clock.now();
    let token = domain::member::session::change_password(&context.db, &member, old, new, now).await?;
    set_cookie(&context.cookie.set(&token));
    Ok(())
}

/// Available or Away, by hand.
#[server(endpoint = "set_presence", input = Json, output = Json)]
pub async fn set_presence(presence: Presence) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::member::presence::set(&desk, member.id, presence, now).await?)
}

#[cfg(feature = "ssr")]
pub(crate) fn set_cookie(header: &str) {
    if let (Some(response), Ok(value)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::HeaderValue::from_str(header))
    {
        response.append_header(http::header::SET_COOKIE, value);
        crate::context::no_store();
    }
}
