//! What was changed about tags and attributes, in words that follow a name.

use crate::attribute::Shape;
use crate::tag::{Change, RuleDraft, TagDraft, Towards};
use serde_json::Value;

/// A change of what the workspace defines about tags. `was` is a name, or what stood there before.
pub(super) fn tags(change: &Value, was: &Value) -> String {
    let name = was.as_str().or_else(|| was["name"].as_str()).map_or_else(String::new, |name| format!(" “{name}”"));
    let Ok(change) = serde_json::from_value::<Change>(change.clone()) else { return "changed tags".into() };
    match change {
        Change::AddCategory { name } => format!("made the tag category “{name}”"),
        Change::RenameCategory { name: new, .. } => format!("renamed the tag category{name} to “{new}”"),
        Change::MoveCategory { towards, .. } => format!("moved the tag category{name} {}", place(towards)),
        Change::DeleteCategory { into: None, .. } => format!("deleted the tag category{name}"),
        Change::DeleteCategory { into: Some(_), .. } => {
            format!("deleted the tag category{name}; its tags went to another")
        }
        Change::AddTag { tag } => format!("made the tag “{}”", tag.name),
        Change::ChangeTag { to, .. } => match serde_json::from_value(was.clone()) {
            Ok(was) => format!("changed the tag{name}: {}", tag(&was, &to)),
            Err(_) => format!("changed the tag “{}”", to.name),
        },
        Change::MoveTag { towards, .. } => format!("moved the tag{name} {}", place(towards)),
        Change::ArchiveTag { .. } => format!("archived the tag{name}"),
        Change::RestoreTag { .. } => format!("put the tag{name} back among those that are given"),
        Change::MergeTag { .. } => match was["into"].as_str() {
            Some(into) => format!("merged the tag{name} into “{into}”"),
            None => format!("merged the tag{name} into another"),
        },
        Change::DeleteTag { uses: None, .. } => format!("deleted the tag{name}"),
        Change::DeleteTag { uses: Some(crate::tag::Uses::TakeOff), .. } => {
            format!("deleted the tag{name}; it was taken off every contact")
        }
        Change::DeleteTag { uses: Some(crate::tag::Uses::Move(_)), .. } => {
            format!("deleted the tag{name}; its contacts got another")
        }
        Change::AddRule { rule } => format!("made {}", self::rule(&rule)),
        Change::ChangeRule { to, .. } => match serde_json::from_value::<RuleDraft>(was.clone()) {
            Ok(was) if was.enabled != to.enabled && (RuleDraft { enabled: to.enabled, ..was.clone() }) == to => {
                format!("switched {} {}", self::rule(&to), if to.enabled { "on" } else { "off" })
            }
            Ok(was) => format!("changed {}; it is {} now", self::rule(&was), self::rule(&to)),
            Err(_) => format!("changed {}", self::rule(&to)),
        },
        Change::MoveRule { towards, .. } => format!("moved a First Message rule {}", place(towards)),
        Change::DeleteRule { .. } => match serde_json::from_value::<RuleDraft>(was.clone()) {
            Ok(was) => format!("deleted {}", self::rule(&was)),
            Err(_) => "deleted a First Message rule".into(),
        },
    }
}

/// A change of an attribute.
pub(super) fn attribute(before: &Value, after: &Value) -> String {
    let (Ok(before), Ok(after)) =
        (serde_json::from_value::<Shape>(before.clone()), serde_json::from_value::<Shape>(after.clone()))
    else {
        return format!("changed the attribute “{}”", after["name"].as_str().unwrap_or_default());
    };
    let word = |on: bool| if on { "on" } else { "off" };
    let changed = [
        differs("name", &before.name, &after.name),
        differs("kind", before.kind.title(), after.kind.title()),
        differs("options", &before.options.join(", "), &after.options.join(", ")),
        differs("currency", &before.currency, &after.currency),
        differs("help", &before.help, &after.help),
        differs("required on resolve", word(before.required_on_resolve), word(after.required_on_resolve)),
        differs("shown to the bot", word(before.shown_to_bot), word(after.shown_to_bot)),
    ];
    format!("changed the attribute “{}”: {}", before.name, listed(changed))
}

fn tag(before: &TagDraft, after: &TagDraft) -> String {
    listed([
        differs("name", &before.name, &after.name),
        differs("colour", before.colour.as_str(), after.colour.as_str()),
        differs("given by", before.kind.title(), after.kind.title()),
        (before.category != after.category).then(|| "it is in another category".to_owned()),
    ])
}

fn rule(rule: &RuleDraft) -> String {
    match rule.words.as_str() {
        "" => "a First Message rule for any words".into(),
        words => format!("the First Message rule for “{words}”"),
    }
}

fn place(towards: Towards) -> &'static str {
    match towards {
        Towards::Up => "up",
        Towards::Down => "down",
    }
}

fn differs(what: &str, before: &str, after: &str) -> Option<String> {
    let or_nothing = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
    (before != after).then(|| format!("{what}, {} → {}", or_nothing(before), or_nothing(after)))
}

fn listed(changed: impl IntoIterator<Item = Option<String>>) -> String {
    let changed: Vec<_> = changed.into_iter().flatten().collect();
    if changed.is_empty() { "nothing".into() } else { changed.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_changed_about_tags_is_named() {
        let id = uuid::Uuid::nil();
        let draft =
            |name: &str, colour: &str| json!({"category": id, "name": name, "colour": colour, "kind": "manual"});
        let rule = |words: &str, enabled| json!({"tag": id, "looks_at": "text", "matches": "contains", "words": words, "enabled": enabled});
        for (change, was, says) in [
            (json!({"add_category": {"name": "Interest"}}), json!(null), "made the tag category “Interest”"),
            (
                json!({"rename_category": {"category": id, "name": "B"}}),
                json!("A"),
                "renamed the tag category “A” to “B”",
            ),
            (json!({"move_category": {"category": id, "towards": "up"}}), json!("A"), "moved the tag category “A” up"),
            (json!({"delete_category": {"category": id, "into": null}}), json!("A"), "deleted the tag category “A”"),
            (json!({"add_tag": {"tag": draft("VIP", "teal")}}), json!(null), "made the tag “VIP”"),
            (
                json!({"change_tag": {"tag": id, "to": draft("Gold", "grey")}}),
                draft("VIP", "teal"),
                "changed the tag “VIP”: name, VIP → Gold; colour, teal → grey",
            ),
            (json!({"move_tag": {"tag": id, "towards": "down"}}), json!("VIP"), "moved the tag “VIP” down"),
            (json!({"archive_tag": {"tag": id}}), json!("VIP"), "archived the tag “VIP”"),
            (
                json!({"merge_tag": {"tag": id, "into": id}}),
                json!({"name": "VIP", "into": "Gold"}),
                "merged the tag “VIP” into “Gold”",
            ),
            (json!({"merge_tag": {"tag": id, "into": id}}), json!("VIP"), "merged the tag “VIP” into another"),
            (
                json!({"delete_tag": {"tag": id, "uses": "take_off"}}),
                json!("VIP"),
                "deleted the tag “VIP”; it was taken off every contact",
            ),
            (json!({"add_rule": {"rule": rule("prix", true)}}), json!(null), "made the First Message rule for “prix”"),
            (
                json!({"change_rule": {"rule": id, "to": rule("prix", false)}}),
                rule("prix", true),
                "switched the First Message rule for “prix” off",
            ),
            (json!({"delete_rule": {"rule": id}}), rule("", true), "deleted a First Message rule for any words"),
            (json!({"something_new": {}}), json!(null), "changed tags"),
        ] {
            assert_eq!(tags(&change, &was), says, "{change}");
        }
    }

    #[test]
    fn what_is_changed_about_an_attribute_is_named() {
        let shape = |name: &str, kind: &str, required: bool| json!({"name": name, "kind": kind, "options": [], "currency": "", "help": "", "required_on_resolve": required, "shown_to_bot": true});
        let says = attribute(&shape("Level", "text", false), &shape("Grade", "text", true));
        assert_eq!(says, "changed the attribute “Level”: name, Level → Grade; required on resolve, off → on");
        assert_eq!(attribute(&json!(null), &json!({"name": "Grade"})), "changed the attribute “Grade”");
    }
}
