//! What a change of settings means, in words: for the audit log, and for whoever edits the same page.

use crate::automatic::{Delayed, Welcome, Welcomes};
use crate::flow::Asking;
use crate::hours::{DAYS, Hours, spans_words};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A setting's name on screen.
pub fn title(key: &str) -> String {
    match key {
        "asking" => "asking for a person".into(),
        "hours" => "business hours".into(),
        "quiet_after" => "quiet after a resolve".into(),
        key => key.replace('_', " "),
    }
}

/// A changed setting, before and after.
pub fn change(key: &str, before: &Value, after: &Value) -> String {
    let parts = match key {
        "asking" => both(before, after).map(|(was, is)| asking(&was, &is)),
        "hours" => both(before, after).map(|(was, is)| hours(&was, &is)),
        "welcome_message" | "away_message" | "delayed_message" => Some(message(key, before, after)),
        _ => None,
    };
    match parts {
        Some(parts) => format!("{}: {}", title(key), parts.join(", ")),
        None => {
            let unit = if key.ends_with("_within") || key.ends_with("_after") { " seconds" } else { "" };
            format!("{}, {} → {}{unit}", title(key), plain(before), plain(after))
        }
    }
}

fn both<T: DeserializeOwned>(before: &Value, after: &Value) -> Option<(T, T)> {
    let read = |value: &Value| serde_json::from_value(value.clone()).ok();
    read(before).zip(read(after))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Bool(on) => switch(*on).to_owned(),
        Value::String(text) => format!("“{text}”"),
        Value::Null => "nothing".into(),
        Value::Array(_) | Value::Object(_) => "…".to_owned(),
        other => other.to_string(),
    }
}

fn switch(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn turned(was: bool, is: bool) -> Option<String> {
    (was != is).then(|| format!("{} → {}", switch(was), switch(is)))
}

fn asking(was: &Asking, is: &Asking) -> Vec<String> {
    let beyond = |these: &Asking, those: &Asking| {
        let words: Vec<_> = these.words.iter().filter(|word| !those.words.contains(word)).collect();
        words.into_iter().map(|word| format!("“{word}”")).collect::<Vec<_>>().join(" ")
    };
    let listed = |does: &str, words: String| (!words.is_empty()).then(|| format!("{does} {words}"));
    let misses = |asking: &Asking| asking.misses.map_or("never".to_owned(), |n| format!("after {n} misses"));
    let mut parts: Vec<_> =
        [listed("added", beyond(is, was)), listed("removed", beyond(was, is))].into_iter().flatten().collect();
    if was.misses != is.misses {
        parts.push(format!("not understood, {} → {}", misses(was), misses(is)));
    }
    if parts.is_empty() {
        parts.push("order of the words".into());
    }
    parts
}

fn hours(was: &Hours, is: &Hours) -> Vec<String> {
    let mut parts: Vec<_> = turned(was.on, is.on).into_iter().collect();
    if was.zone != is.zone {
        parts.push(format!("time zone, {} → {}", was.zone, is.zone));
    }
    for (day, name) in DAYS.iter().enumerate() {
        if was.week[day] != is.week[day] {
            parts.push(format!("{name}, {} → {}", spans_words(&was.week[day]), spans_words(&is.week[day])));
        }
    }
    let named = |does: &str, holiday: &crate::hours::Holiday| {
        let name = if holiday.name.is_empty() { String::new() } else { format!(" “{}”", holiday.name) };
        format!("{does} {}{name}, {}", holiday.date, spans_words(&holiday.spans))
    };
    parts.extend(is.holidays.iter().filter(|day| !was.holidays.contains(day)).map(|day| named("added", day)));
    parts.extend(was.holidays.iter().filter(|day| !is.holidays.contains(day)).map(|day| named("removed", day)));
    if parts.is_empty() {
        parts.push("order of the holidays".into());
    }
    parts
}

fn message(key: &str, before: &Value, after: &Value) -> Vec<String> {
    let mut parts: Vec<_> =
        turned(before["on"] == Value::Bool(true), after["on"] == Value::Bool(true)).into_iter().collect();
    if before["text"] != after["text"] {
        parts.push(format!("{} → {}", plain(&before["text"]), plain(&after["text"])));
    }
    if key == "welcome_message"
        && let Some((was, is)) = both::<Welcome>(before, after).filter(|(was, is)| was.to != is.to)
    {
        parts.push(format!("{} → {}", to(was.to), to(is.to)));
    }
    if key == "delayed_message"
        && let Some((was, is)) = both::<Delayed>(before, after).filter(|(was, is)| was.minutes != is.minutes)
    {
        parts.push(format!("after {} → {} minutes", was.minutes, is.minutes));
    }
    parts
}

fn to(welcomes: Welcomes) -> &'static str {
    match welcomes {
        Welcomes::First => "to new customers",
        Welcomes::Window => "in each window",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::{Holiday, Span};
    use crate::setting::Settings;
    use serde_json::{json, to_value};

    #[test]
    fn each_change_is_told_before_and_after() {
        let was = Settings::default();
        let mut is = was.clone();
        is.asking.words.retain(|word| word != "agent" && word != "human");
        is.asking.words.push("help desk".into());
        is.asking.misses = None;
        is.hours.on = true;
        is.hours.zone = "Asia/Kolkata".into();
        is.hours.week[0] = vec![];
        is.hours.week[6] = vec![Span { from: 600, to: 720 }, Span { from: 780, to: 1440 }];
        is.hours.holidays =
            vec![Holiday { date: "2026-12-25".parse().unwrap(), name: "Christmas".into(), spans: vec![] }];
        is.welcome_message.on = true;
        is.welcome_message.to = Welcomes::First;
        is.away_message.text = "Gone.".into();
        is.delayed_message.minutes = 30;
        let tell = |key: &str| change(key, &to_value(&was).unwrap()[key], &to_value(&is).unwrap()[key]);
        for (key, words) in [
            (
                "asking",
                "asking for a person: added “help desk”, removed “agent” “human”, not understood, after 2 misses → never",
            ),
            (
                "hours",
                "business hours: off → on, time zone, UTC → Asia/Kolkata, Monday, 09:00–18:00 → closed, Sunday, closed → 10:00–12:00, 13:00–24:00, added 2026-12-25 “Christmas”, closed",
            ),
            ("welcome_message", "welcome message: off → on, in each window → to new customers"),
            (
                "away_message",
                "away message: “Nobody is here to answer just now. Your question is kept, and we answer {opens}.” → “Gone.”",
            ),
            ("delayed_message", "delayed message: after 10 → 30 minutes"),
        ] {
            assert_eq!(tell(key), words);
        }
        assert_eq!(change("accept_within", &json!(120), &json!(60)), "accept within, 120 → 60 seconds");
        assert_eq!(change("supervisors_watch", &json!(true), &json!(false)), "supervisors watch, on → off");
        assert_eq!(change("n", &json!(null), &json!([1])), "n, nothing → …");
    }
}
