//! Members and invitations, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::member::{Account, Invite, Invited, Role};
use domain::{InviteId, MemberId};
use leptos::prelude::*;

/// Owners: every member, and the invitations that are open.
#[server(endpoint = "list_members", input = Json, output = Json)]
pub async fn list_members() -> Result<(Vec<Account>, Vec<Invite>), AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    let members = domain::member::account::all(&desk, &owner).await?;
    Ok((members, domain::member::invite::open(&desk, &owner, now()).await?))
}

/// Owners: what a member may do from now on.
#[server(endpoint = "change_role", input = Json, output = Json)]
pub async fn change_role(member: MemberId, role: Role) -> Result<(), AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    Ok(domain::member::account::set_role(&desk, &owner, member, role, now()).await?)
}

/// Owners: invites somebody; the link's token, told this once.
#[server(endpoint = "invite_member", input = Json, output = Json)]
pub async fn invite_member(email: String, role: Role) -> Result<String, AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    let token = domain::member::invite::invite(&desk, &owner, &email, role, now()).await?;
    Ok(token.reveal().to_owned())
}

/// Owners: makes an invitation's link lead nowhere.
#[server(endpoint = "withdraw_invite", input = Json, output = Json)]
pub async fn withdraw_invite(invite: InviteId) -> Result<(), AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    Ok(domain::member::invite::withdraw(&desk, &owner, invite, now()).await?)
}

/// Whoever has an invitation's link: what it is for.
#[server(endpoint = "look_at_invite", input = Json, output = Json)]
pub async fn look_at_invite(token: String) -> Result<Invited, AppError> {
    let token = domain::member::session::Token::from_cookie(&token);
    crate::context::no_store();
    Ok(domain::member::invite::look(&crate::context::context().db, &token, now()).await?)
}

/// Whoever has an invitation's link: becomes a member and is signed in.
#[server(endpoint = "join", input = Json, output = Json)]
pub async fn join(token: String, name: String, password: String) -> Result<(), AppError> {
    let context = crate::context::context();
    let (before, _) = crate::context::caller().await;
    let token = domain::member::session::Token::from_cookie(&token);
    let session = domain::member::invite::join(&context.db, &token, &name, password, before.as_ref(), now()).await?;
    crate::sign_in::api::set_cookie(&context.cookie.set(&session));
    Ok(())
}

#[cfg(feature = "ssr")]
fn now() -> domain::Timestamp {
    crate::context::context().clock.now()
}
