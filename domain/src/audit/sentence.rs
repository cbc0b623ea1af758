//! The audit log in plain words.

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
    if known.is_empty() { words(kind, true) } else { known.into() }
}

/// What happened, in words that follow the name of who did it. `holder` is who held the chat that was watched.
pub(super) fn sentence(kind: &str, detail: &Value, holder: Option<&str>) -> String {
    let text = |key: &str| detail[key].as_str().unwrap_or_default();
    let from = |what: &str| match text("from") {
        "" => what.to_owned(),
        address => format!("{what} from {address}"),
    };
    match kind {
        "sign_in" => from("signed in"),
        "sign_in_failed" => from("failed to sign in with a wrong password"),
        "password_changed" => "changed their password; every other session ended".into(),
        "watch" => match holder {
            Some(holder) => format!("watched a chat that {holder} held"),
            None => "watched a chat that somebody else held".into(),
        },
        "settings" => format!("changed settings: {}", changes(detail)),
        "member_invited" => format!("invited {} as {}", text("email"), role(text("role"))),
        "invite_withdrawn" => format!("withdrew the invitation of {}", text("email")),
        "member_joined" => format!("joined as {}, by an invitation to {}", role(text("role")), text("email")),
        "member_role" => format!("made {} {}; before: {}", text("name"), role(text("now")), role(text("was"))),
        "member_deactivated" => format!("deactivated {}", text("name")),
        "member_reactivated" => format!("reactivated {}", text("name")),
        "contacts_changed" => format!("began for {}: {}", whom(&detail["whom"]), text("words")),
        "contacts_change_cancelled" => format!("cancelled what was being done to many contacts: {}", text("words")),
        "contacts_change_undone" => format!("undid for many contacts: {}", text("words")),
        "contacts_exported" => format!("exported {}", whom(detail)),
        "segment_created" => format!("saved the segment “{}”", text("name")),
        "segment_changed" => format!("changed the segment “{}”", text("name")),
        "segment_deleted" => format!("deleted the segment “{}”", text("name")),
        "reply_saved" => format!("saved the canned reply /{} for everybody", text("code")),
        "reply_deleted" => format!("deleted everybody's canned reply /{}", text("code")),
        "api_key_created" => {
            let scopes = detail["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
            format!("made the API key {}, which may: {}", text("name"), scopes.collect::<Vec<_>>().join(", "))
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
        "tags" => tags(&detail["change"], &detail["was"]),
        "attribute_created" => format!("made the attribute {}", name(&detail["shape"])),
        "attribute_changed" => format!("changed the attribute {}", name(&detail["shape"])),
        "attributes_arranged" => "put the attributes in another order".into(),
        "outcomes_arranged" => "put the outcomes in another order".into(),
        "contacts_merged" => format!("said that {} and {} are one person", text("into"), text("name")),
        "contacts_unmerged" => format!("told {} and {} apart again", text("into"), text("name")),
        "contacts_told_apart" => format!("said that {} and {} are two persons", text("into"), text("name")),
        "contact_added" => format!("added the contact {}", text("name")),
        "contact_blocked" => format!("blocked {}", text("name")),
        "contact_unblocked" => format!("unblocked {}", text("name")),
        _ => match text("name") {
            "" => words(kind, false),
            name => format!("{}: {name}", words(kind, false)),
        },
    }
}

fn name(of: &Value) -> &str {
    of["name"].as_str().unwrap_or_default()
}

/// A change of tags, categories or rules, by its own word.
fn tags(change: &Value, was: &Value) -> String {
    let Some((word, change)) = change.as_object().and_then(|change| change.iter().next()) else {
        return "changed tags".into();
    };
    let named = |what: &str, name: &str| if name.is_empty() { what.to_owned() } else { format!("{what} {name}") };
    match word.as_str() {
        "add_category" => named("made the tag category", name(change)),
        "rename_category" => named("renamed a tag category to", name(change)),
        "add_tag" => named("made the tag", name(&change["tag"])),
        "change_tag" => named("changed the tag", name(&change["to"])),
        word => named(
            &words(word, false).replacen("category", "tag category", 1),
            was.as_str().unwrap_or_else(|| name(was)),
        ),
    }
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
fn changes(detail: &Value) -> String {
    let changed = detail.as_object().into_iter().flatten();
    changed.map(|(key, value)| setting::change(key, &value[0], &value[1])).collect::<Vec<_>>().join("; ")
}

/// `tag_deleted` as `tag deleted` or `Tag deleted`.
fn words(kind: &str, begins: bool) -> String {
    let mut words = kind.replace('_', " ");
    if begins && let Some(first) = words.get_mut(..1) {
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
            ("segment_created", json!({"name": "VIPs"}), "saved the segment “VIPs”"),
            ("reply_saved", json!({"code": "hi"}), "saved the canned reply /hi for everybody"),
            (
                "api_key_created",
                json!({"name": "Shop", "scopes": ["chats:read", "tags:read"]}),
                "made the API key Shop, which may: chats:read, tags:read",
            ),
            ("api_key_revoked", json!({"name": "Shop"}), "revoked the API key Shop"),
            ("tags", json!({"change": {"add_tag": {"tag": {"name": "VIP"}}}, "was": null}), "made the tag VIP"),
            ("tags", json!({"change": {"delete_tag": {"tag": "1"}}, "was": "VIP"}), "delete tag VIP"),
            ("attribute_created", json!({"shape": {"name": "City"}}), "made the attribute City"),
            ("tag_deleted", json!({"name": "VIP"}), "tag deleted: VIP"),
            ("something_new", json!({}), "something new"),
        ];
        for (kind, detail, words) in cases {
            assert_eq!(sentence(kind, &detail, None), words);
        }
        assert_eq!(sentence("watch", &json!({}), Some("Ana")), "watched a chat that Ana held");
        assert_eq!(title("sign_in_failed"), "Failed sign-in");
        assert_eq!(title("tag_deleted"), "Tag deleted");
    }
}
