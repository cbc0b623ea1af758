//! Passwords: argon2id with OWASP's second recommendation (t=2, m=19 MiB, p=1), a few at a time, so that
//! sign-ins cannot eat the machine's memory.

use crate::{Error, Result};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString, rand_core::OsRng};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Shortest password taken, in characters (OWASP ASVS 5.0, 6.2.1).
pub const SHORTEST: usize = 8;
/// Longest password taken, in bytes.
pub const LONGEST: usize = 256;
/// How many are computed at once in one process.
const AT_ONCE: usize = 2;

static SLOTS: Semaphore = Semaphore::const_new(AT_ONCE);
/// Compared against where there is no such member, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

fn argon() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("argon2's parameters are within its limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = argon().hash_password(password.as_bytes(), &salt).map_err(|_| Error::Internal)?;
    Ok(hash.to_string())
}

/// Hashes a new password.
///
/// # Errors
/// `Invalid` when it is too short or too long.
pub async fn hash(password: String) -> Result<String> {
    if password.chars().count() < SHORTEST || password.len() > LONGEST {
        return Err(Error::Invalid(format!("A password has {SHORTEST} to {LONGEST} characters.")));
    }
    let _slot = SLOTS.acquire().await.map_err(|_| Error::Internal)?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(|_| Error::Internal)?
}

/// Whether a password fits; takes as long where there is no hash to compare with.
///
/// # Errors
/// When the machine cannot compute it.
pub async fn fits(password: String, hash: Option<String>) -> Result<bool> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    let _slot = SLOTS.acquire().await.map_err(|_| Error::Internal)?;
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed = PasswordHash::new(&hash).map_err(|_| Error::Internal)?;
        Ok(argon().verify_password(password.as_bytes(), &parsed).is_ok() && known)
    })
    .await
    .map_err(|_| Error::Internal)?
}
