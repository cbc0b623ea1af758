//! Two who change settings at once: each setting is one of theirs, and where both changed the same, nobody guesses.

use super::Settings;
use crate::{Error, Result};
use serde_json::{Map, Value};

/// What two changes come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// As they hold, with mine where both changed the same.
    pub settings: Settings,
    /// The settings that both changed, by key.
    pub clashes: Vec<String>,
}

/// Puts `mine` and `theirs`, both changed from `base`, together.
///
/// # Errors
/// When settings are no JSON, which does not happen.
pub fn merge(base: &Settings, mine: &Settings, theirs: &Settings) -> Result<Merged> {
    let (base, theirs) = (rows(base)?, rows(theirs)?);
    let mut merged = rows(mine)?;
    let mut clashes = Vec::new();
    for (key, mine) in &mut merged {
        if base.get(key) == Some(mine) {
            *mine = theirs.get(key).cloned().unwrap_or_default();
        } else if theirs.get(key) != base.get(key) && theirs.get(key) != Some(mine) {
            clashes.push(key.clone());
        }
    }
    Ok(Merged { settings: read(merged)?, clashes })
}

/// One setting of another's.
///
/// # Errors
/// As [`merge`].
pub fn with(settings: &Settings, key: &str, of: &Settings) -> Result<Settings> {
    let mut changed = rows(settings)?;
    if let (Some(value), Some(theirs)) = (changed.get_mut(key), rows(of)?.remove(key)) {
        *value = theirs;
    }
    read(changed)
}

/// Settings by key.
pub(super) fn rows(settings: &Settings) -> Result<Map<String, Value>> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(rows)) => Ok(rows),
        _ => Err(Error::Internal),
    }
}

fn read(rows: Map<String, Value>) -> Result<Settings> {
    serde_json::from_value(rows.into()).map_err(|_| Error::Internal)
}

/// One setting's change in words.
///
/// # Errors
/// As [`merge`].
pub fn told(key: &str, before: &Settings, after: &Settings) -> Result<String> {
    let value = |settings: &Settings| Ok::<_, Error>(rows(settings)?.remove(key).unwrap_or_default());
    Ok(super::change(key, &value(before)?, &value(after)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_changed_is_theirs_and_what_both_changed_is_a_clash() {
        let base = Settings::default();
        let mine = Settings { accept_within: 60, away_after: 600, supervisors_watch: false, ..base.clone() };
        let theirs = Settings { accept_within: 90, give_back_after: 0, supervisors_watch: false, ..base.clone() };
        let merged = merge(&base, &mine, &theirs).unwrap();
        assert_eq!(merged.clashes, ["accept_within"]);
        let both = Settings {
            accept_within: 60,
            away_after: 600,
            give_back_after: 0,
            supervisors_watch: false,
            ..base.clone()
        };
        assert_eq!(merged.settings, both);
        assert_eq!(with(&mine, "accept_within", &theirs).unwrap(), Settings { accept_within: 90, ..mine.clone() });
        assert_eq!(told("accept_within", &base, &theirs).unwrap(), "accept within, 120 → 90 seconds");
        assert_eq!(merge(&base, &base, &theirs).unwrap(), Merged { settings: theirs, clashes: vec![] });
    }
}
