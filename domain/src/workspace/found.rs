//! What a real installation begins with: a workspace, its first Owner, the bot's flow. For whoever can reach the database,
//! from the command line.

use super::store;
use crate::db::Db;
use crate::member::store::{NewMember, add, taken};
use crate::member::{Role, invite, password};
use crate::{Error, Result, Timestamp, flow};
use rand::Rng;
use rand::distr::Alphanumeric;

/// Longest name, in characters.
const LONGEST: usize = 120;
/// Characters of the first password.
const PASSWORD: usize = 20;

/// Makes a workspace with the flow to begin with, and an Owner; their password is told this once.
///
/// # Errors
/// `Invalid` for a name that is empty or too long, for what is no address, and for a member's address; nothing is made
/// then.
pub async fn found(db: &Db, name: &str, email: &str, owner: &str, now: Timestamp) -> Result<String> {
    let [name, owner] = [name, owner].map(|name| name.trim().replace('\0', ""));
    for name in [&name, &owner] {
        if name.is_empty() || name.chars().count() > LONGEST {
            return Err(Error::Invalid(format!("A name has 1 to {LONGEST} characters.")));
        }
    }
    let email = invite::address(email)?;
    if store::meant(db, Some(&name)).await.is_ok() {
        return Err(Error::Invalid(format!("There is a workspace “{name}” already.")));
    }
    if taken(db, &email).await? {
        return Err(Error::Invalid(format!("{email} belongs to a member already.")));
    }
    let word: String = rand::rng().sample_iter(Alphanumeric).take(PASSWORD).map(char::from).collect();
    let hash = password::hash(word.clone()).await?;
    let desk = store::add(db, &name, false, now).await?;
    let mut tx = desk.begin().await?;
    let new = NewMember { email: &email, name: &owner, role: Role::Owner, password_hash: Some(&hash) };
    add(&mut tx, &new, now).await?;
    flow::store::add(&mut tx, "Welcome", &flow::sample(), now).await?;
    tx.commit().await?;
    Ok(word)
}
