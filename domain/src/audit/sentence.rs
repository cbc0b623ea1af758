//! The audit log in plain words.

use super::changes;
use crate::setting;
use serde_json::Value;

/// A kind's name on screen.
pub(super) fn title(kind: &str) -> String {
    let known = match kind {
        "sign_in" => "Sign-in",
        "sign_in_failed" => "Failed sign-in",
        "password_changed" => "Password change",
        "watch" => "Watch",
        "settings" => "Settings",
        "member_invited" => "Invitation",
        "invite_withdrawn" => "Invitation withdrawn",
        "member_joined" => "Member joined",
        "member_role" => "Role change",
        "member_deactivated" => "Member deactivated",
        "member_reactivated" => "Member reactivated",
        "contacts_changed" => "Many contacts changed",
        "contacts_change_cancelled" => "Change of contacts cancelled",
        "contacts_change_undone" => "Change of contacts undone",
        "contacts_exported" => "Contacts exported",
        "reply_saved" => "Canned reply saved",
        "reply_deleted" => "Canned reply deleted",
        "api_key_created" => "API key made",
        "api_key_revoked" => "API key revoked",
        "import_uploaded" => "File uploaded",
        "import_checked" => "File checked",
        "import_started" => "Import started",
        "import_stopped" => "Import stopped",
        "import_done" => "Import done",
        "import_deleted" => "File deleted",
        "import_failures_downloaded" => "Failed rows downloaded",
        "tags" => "Tags changed",
        _ => "",
    };
    if known.is_empty() { words(kind) } else { known.into() }
}

/// What happened, in words that follow the name of who did it. `holder` is who held the chat that was watched.
pub(super) fn sentence(kind: &str, detail: &Value, holder: Option<&str>) -> String {
    // Of a newer version that wrote into the same database.
    told(kind, detail, holder).unwrap_or_else(|| format!("did something that this version has no words for: {kind}"))
}

/// `None` for a kind that nothing writes.
fn told(kind: &str, detail: &Value, holder: Option<&str>) -> Option<String> {
    let text = |key: &str| detail[key].as_str().unwrap_or_default();
    let from = |what: &str| match text("from") {
        "" => what.to_owned(),
        address => format!("{what} from {address}"),
    };
    Some(match kind {
        "sign_in" => from("signed in"),
        "sign_in_failed" => from("failed to sign in with a wrong password"),
        "password_changed" => "changed their password; every other session ended".into(),
        "watch" => match holder {
            Some(holder) => format!("watched a chat that {holder} held"),
            None => "watched a chat that somebody else held".into(),
        },
        "settings" => format!("changed settings: {}", settings(detail)),
        "member_invited" => format!("invited {} as {}", text("email"), role(text("role"))),
        "invite_withdrawn" => format!("withdrew the invitation of {}", text("email")),
        "member_joined" => format!("joined as {}, by an invitation to {}", role(text("role")), text("email")),
        "member_role" => format!("made {} {}; before: {}", text("name"), role(text("now")), role(text("was"))),
        "member_deactivated" => format!("deactivated {}", text("name")),
        "member_reactivated" => format!("reactivated {}", text("name")),
        "contacts_changed" => format!("began for {}: {}", whom(&detail["whom"]), text("words")),
        "contacts_change_cancelled" => format!("cancelled what was being done to many contacts: {}", text("words")),
        "contacts_change_undone" => format!("undid for many contacts: {}", text("words")),
        "contacts_exported" => {
            // Until exports were tasks, their filter stood by itself.
            format!("exported {}", whom(if detail["whom"].is_null() { detail } else { &detail["whom"] }))
        }
        "segment_created" => format!("saved the segment “{}”", text("name")),
        "segment_changed" => format!("changed the segment “{}”", text("name")),
        "segment_deleted" => format!("deleted the segment “{}”", text("name")),
        "reply_saved" => format!("saved the canned reply /{} for everybody", text("code")),
        "reply_deleted" => format!("deleted everybody's canned reply /{}", text("code")),
        "api_key_created" => {
            let scopes = detail["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let scopes = scopes.collect::<Vec<_>>().join(", ");
            let most = detail["per_minute"].as_i64().map(|calls| format!("; at most {calls} calls a minute"));
            format!("made the API key {}, which may: {scopes}{}", text("name"), most.unwrap_or_default())
        }
        "api_key_revoked" => format!("revoked the API key {}", text("name")),
        "import_uploaded" => format!("uploaded {} with {} rows", text("name"), detail["rows"]),
        "import_checked" => format!("let {} be checked", text("name")),
        "import_started" => format!("started the import of {}", text("name")),
        "import_stopped" => format!("stopped the import of {}", text("name")),
        "import_done" => format!(
            "imported {}: {} new, {} changed, {} failed",
            text("name"),
            detail["tally"]["new"],
            detail["tally"]["changed"],
            detail["tally"]["failed"]
        ),
        "import_deleted" => format!("deleted the file {}", text("name")),
        "import_failures_downloaded" => format!("downloaded the failed rows of {}", text("name")),
        "contacts_merged" => format!("said that {} and {} are one person", text("into"), text("name")),
        "contacts_unmerged" => format!("told {} and {} apart again", text("into"), text("name")),
        "contacts_told_apart" => format!("said that {} and {} are two persons", text("into"), text("name")),
        "contact_added" => format!("added the contact {}", text("name")),
        "contact_blocked" => format!("blocked {}", text("name")),
        "contact_unblocked" => format!("unblocked {}", text("name")),
        "journey_exported" => match text("name") {
            "" => "exported a customer's journey".into(),
            name => format!("exported the journey of {name}"),
        },
        "attribute_created" => format!("made the attribute “{}”", detail["shape"]["name"].as_str().unwrap_or_default()),
        "attribute_changed" => changes::attribute(&detail["before"], &detail["shape"]),
        "attributes_arranged" => "put the attributes into another order".into(),
        "attribute_archived" => format!("archived the attribute “{}”", text("name")),
        "attribute_restored" => format!("put the attribute “{}” back on profiles", text("name")),
        "attribute_deleted" => {
            let values = match detail["used"].as_i64().unwrap_or(0) {
                0 => String::new(),
                1 => " and one contact's value".into(),
                n => format!(" and the values of {n} contacts"),
            };
            format!("deleted the attribute “{}”{values}", text("name"))
        }
        "outcome_created" => format!("added the outcome “{}”", text("name")),
        "outcome_renamed" => format!("renamed the outcome “{}” to “{}”", text("before"), text("name")),
        "outcomes_arranged" => "put the outcomes into another order".into(),
        "outcome_archived" => format!("archived the outcome “{}”", text("name")),
        "outcome_restored" => format!("put the outcome “{}” back among those that agents choose", text("name")),
        "tags" => changes::tags(&detail["change"], &detail["was"]),
        _ => return None,
    })
}

/// Whom something was done to.
fn whom(detail: &Value) -> String {
    let conditions = detail["filter"]["parts"].as_array().map_or(0, Vec::len);
    match (detail["chosen"].as_u64(), conditions) {
        (Some(1), _) => "one chosen contact".into(),
        (Some(chosen), _) => format!("{chosen} chosen contacts"),
        (None, 0) => "all contacts".into(),
        (None, _) => "all contacts that match a filter".into(),
    }
}

fn role(word: &str) -> String {
    word.parse::<crate::member::Role>().map_or_else(|_| word.to_owned(), |role| role.title().to_owned())
}

/// Every changed setting, before and after.
fn settings(detail: &Value) -> String {
    let changed = detail.as_object().into_iter().flatten();
    changed.map(|(key, value)| setting::change(key, &value[0], &value[1])).collect::<Vec<_>>().join("; ")
}

/// `contact_added` as `Contact added`.
fn words(kind: &str) -> String {
    let mut words = kind.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_is_a_sentence() {
        let cases = [
            ("sign_in", json!({"from": "10.0.0.1"}), "signed in from 10.0.0.1"),
            ("sign_in", json!({"from": ""}), "signed in"),
            ("sign_in_failed", json!({"from": "10.0.0.1"}), "failed to sign in with a wrong password from 10.0.0.1"),
            (
                "settings",
                json!({"accept_within": [120, 60], "supervisors_watch": [true, false]}),
                "changed settings: accept within, 120 → 60 seconds; supervisors watch, on → off",
            ),
            (
                "member_role",
                json!({"name": "Ana", "was": "agent", "now": "manager"}),
                "made Ana Manager; before: Agent",
            ),
            (
                "contacts_changed",
                json!({"words": "Give the tag VIP", "whom": {"chosen": 12}}),
                "began for 12 chosen contacts: Give the tag VIP",
            ),
            ("contacts_exported", json!({"filter": {"join": "all", "parts": []}}), "exported all contacts"),
            ("contacts_exported", json!({"whom": {"chosen": 2}}), "exported 2 chosen contacts"),
            ("segment_created", json!({"name": "VIPs"}), "saved the segment “VIPs”"),
            ("reply_saved", json!({"code": "hi"}), "saved the canned reply /hi for everybody"),
            (
                "api_key_created",
                json!({"name": "Shop", "scopes": ["chats:read", "tags:read"]}),
                "made the API key Shop, which may: chats:read, tags:read",
            ),
            (
                "api_key_created",
                json!({"name": "Shop", "scopes": ["tags:read"], "per_minute": 90}),
                "made the API key Shop, which may: tags:read; at most 90 calls a minute",
            ),
            ("api_key_revoked", json!({"name": "Shop"}), "revoked the API key Shop"),
            ("journey_exported", json!({"chat": "x", "name": "Mia"}), "exported the journey of Mia"),
            ("attribute_created", json!({"shape": {"name": "Level"}}), "made the attribute “Level”"),
            (
                "attribute_deleted",
                json!({"name": "Level", "used": 2}),
                "deleted the attribute “Level” and the values of 2 contacts",
            ),
            ("outcome_renamed", json!({"before": "Solved", "name": "Sold"}), "renamed the outcome “Solved” to “Sold”"),
            ("something_new", json!({}), "did something that this version has no words for: something_new"),
        ];
        for (kind, detail, words) in cases {
            assert_eq!(sentence(kind, &detail, None), words);
        }
        assert_eq!(sentence("watch", &json!({}), Some("Ana")), "watched a chat that Ana held");
        assert_eq!(title("sign_in_failed"), "Failed sign-in");
        assert_eq!(title("contact_added"), "Contact added");
    }

    /// Looks through the sources for what is written into the log: a kind without a sentence is found here, and not by
    /// whoever reads the log.
    #[test]
    fn whatever_is_written_has_a_sentence() {
        let mut sources = Vec::new();
        let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        for part in ["src", "../server/src", "../app/src"] {
            collect(&here.join(part), &mut sources);
        }
        let mut kinds = std::collections::BTreeSet::new();
        for source in &sources {
            for call in ["audit::store::add(", "audit::store::note(", "done(tx, member, ", "define::done("] {
                for (place, _) in source.match_indices(call) {
                    kinds.extend(kinds_of(source, place + call.len()));
                }
            }
        }
        assert!(kinds.len() >= 45, "few were found: {kinds:?}");
        for kind in
            ["tags", "attribute_changed", "outcome_renamed", "contact_unblocked", "reply_saved", "member_deactivated"]
        {
            assert!(kinds.contains(kind), "{kind} was not found: {kinds:?}");
        }
        for kind in kinds {
            assert!(told(&kind, &json!({}), None).is_some(), "{kind} is written into the log and has no sentence");
        }
    }

    fn collect(folder: &std::path::Path, sources: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, sources);
            } else if path.extension().is_some_and(|end| end == "rs") {
                sources.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    /// The kinds that a call names: its first text, or, where it passes a variable on, the texts of `let kind = …;`.
    fn kinds_of(source: &str, begins: usize) -> Vec<String> {
        let texts = |part: &str| -> Vec<String> {
            let is_kind = |text: &&str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            part.split('"').skip(1).step_by(2).filter(is_kind).map(str::to_owned).collect()
        };
        let rest = &source[begins..];
        let arguments = &rest[..rest.find(';').unwrap_or(rest.len())];
        if !arguments.contains(" kind,") {
            return texts(arguments).into_iter().take(1).collect();
        }
        let before = &source[..begins];
        let function = &before[before.rfind("\nasync fn ").max(before.rfind("\npub async fn ")).unwrap_or(0)..];
        let decided = function.rfind("let kind = ").map(|at| &function[at..]);
        decided.map(|words| texts(&words[..words.find(';').unwrap_or(0)])).unwrap_or_default()
    }
}
