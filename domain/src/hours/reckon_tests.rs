//! Hours over clocks that are put forward and back, past midnight, on holidays, and never.

use super::*;
use crate::hours::Holiday;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn span(from: &str, to: &str) -> Span {
    let minutes = |text: &str| {
        let (hours, minutes) = text.split_once(':').unwrap();
        hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap()
    };
    Span { from: minutes(from), to: minutes(to) }
}

/// Every day alike.
fn daily(zone: &str, spans: &[Span]) -> Hours {
    let week = std::array::from_fn(|_| spans.to_vec());
    Hours { on: true, zone: zone.into(), week, holidays: Vec::new() }
}

#[track_caller]
fn check(hours: &Hours, now: &str, open: bool, next: Option<&str>) {
    let now = at(now);
    assert_eq!(open_at(hours, now).unwrap(), open, "open at {now}");
    assert_eq!(next_opening(hours, now).unwrap(), next.map(at), "the next opening after {now}");
}

#[test]
fn the_week_holds() {
    let hours = Hours { on: true, zone: "Europe/Berlin".into(), ..Hours::default() };
    // A Friday in summer, two hours ahead of UTC.
    check(&hours, "2026-06-05T06:59:59Z", false, Some("2026-06-05T07:00:00Z"));
    check(&hours, "2026-06-05T07:00:00Z", true, Some("2026-06-08T07:00:00Z"));
    check(&hours, "2026-06-05T15:59:59Z", true, Some("2026-06-08T07:00:00Z"));
    check(&hours, "2026-06-05T16:00:00Z", false, Some("2026-06-08T07:00:00Z"));
    check(&hours, "2026-06-07T12:00:00Z", false, Some("2026-06-08T07:00:00Z"));
}

#[test]
fn off_is_always_open_and_never_is_never() {
    let off = Hours::default();
    check(&off, "2026-06-07T03:00:00Z", true, None);
    let never = daily("UTC", &[]);
    check(&never, "2026-06-07T12:00:00Z", false, None);
    let always = daily("UTC", &[Span { from: 0, to: DAY }]);
    for now in ["2026-06-07T00:00:00Z", "2026-06-07T12:00:00Z", "2026-06-07T23:59:59Z"] {
        assert!(open_at(&always, at(now)).unwrap(), "{now}");
    }
}

#[test]
fn a_night_goes_on_past_midnight() {
    let mut hours = daily("UTC", &[]);
    hours.week[4] = vec![span("22:00", "02:00")];
    check(&hours, "2026-06-05T21:59:00Z", false, Some("2026-06-05T22:00:00Z"));
    check(&hours, "2026-06-05T23:30:00Z", true, Some("2026-06-12T22:00:00Z"));
    check(&hours, "2026-06-06T01:59:59Z", true, Some("2026-06-12T22:00:00Z"));
    check(&hours, "2026-06-06T02:00:00Z", false, Some("2026-06-12T22:00:00Z"));
    // Saturday is a holiday: it begins with Friday's night all the same, which has begun.
    hours.holidays.push(Holiday { date: "2026-06-06".parse().unwrap(), name: "Day".into(), spans: Vec::new() });
    check(&hours, "2026-06-06T01:00:00Z", true, Some("2026-06-12T22:00:00Z"));
}

#[test]
fn holidays_take_the_week_s_place() {
    let mut hours = Hours { on: true, zone: "America/New_York".into(), ..Hours::default() };
    let day = |date: &str, spans: Vec<Span>| Holiday { date: date.parse().unwrap(), name: String::new(), spans };
    hours.holidays = vec![day("2026-12-24", vec![span("09:00", "12:00")]), day("2026-12-25", Vec::new())];
    check(&hours, "2026-12-24T15:00:00Z", true, Some("2026-12-28T14:00:00Z"));
    check(&hours, "2026-12-24T17:00:00Z", false, Some("2026-12-28T14:00:00Z"));
    check(&hours, "2026-12-25T15:00:00Z", false, Some("2026-12-28T14:00:00Z"));
    // A day that is closed otherwise may be open.
    hours.holidays.push(day("2026-12-26", vec![span("10:00", "11:00")]));
    check(&hours, "2026-12-25T15:00:00Z", false, Some("2026-12-26T15:00:00Z"));
}

#[test]
fn clocks_that_are_put_forward() {
    // Berlin, 29 March 2026: 02:00 is 03:00.
    let nine = daily("Europe/Berlin", &[span("09:00", "17:00")]);
    check(&nine, "2026-03-28T16:30:00Z", false, Some("2026-03-29T07:00:00Z"));
    // It opens at a minute that is skipped: when the clock skips it.
    let skipped = daily("Europe/Berlin", &[span("02:30", "05:00")]);
    check(&skipped, "2026-03-29T00:59:59Z", false, Some("2026-03-29T01:00:00Z"));
    check(&skipped, "2026-03-29T01:00:00Z", true, Some("2026-03-30T00:30:00Z"));
    check(&skipped, "2026-03-29T03:00:00Z", false, Some("2026-03-30T00:30:00Z"));
    // The whole time is skipped: that day has none.
    let gone = daily("Europe/Berlin", &[span("02:10", "02:50")]);
    check(&gone, "2026-03-29T00:30:00Z", false, Some("2026-03-30T00:10:00Z"));
    check(&gone, "2026-03-29T01:00:00Z", false, Some("2026-03-30T00:10:00Z"));
}

#[test]
fn clocks_that_are_put_back() {
    // New York, 1 November 2026: 02:00 is 01:00, and 01:30 comes twice.
    let early = daily("America/New_York", &[span("01:30", "03:00")]);
    check(&early, "2026-11-01T05:29:59Z", false, Some("2026-11-01T05:30:00Z"));
    check(&early, "2026-11-01T06:15:00Z", true, Some("2026-11-02T06:30:00Z"));
    let night = daily("America/New_York", &[span("00:00", "01:30")]);
    check(&night, "2026-11-01T06:29:59Z", true, Some("2026-11-02T05:00:00Z"));
    check(&night, "2026-11-01T06:30:00Z", false, Some("2026-11-02T05:00:00Z"));
}

#[test]
fn a_zone_that_skips_a_day_and_one_of_half_hours() {
    // Samoa had no 30 December 2011.
    let samoa = daily("Pacific/Apia", &[span("09:00", "17:00")]);
    check(&samoa, "2011-12-30T09:30:00Z", false, Some("2011-12-30T19:00:00Z"));
    let nepal = daily("Asia/Kathmandu", &[span("09:00", "17:00")]);
    check(&nepal, "2026-06-05T03:14:59Z", false, Some("2026-06-05T03:15:00Z"));
}

#[test]
fn stretches_that_touch_are_one() {
    let mut hours = daily("UTC", &[span("09:00", "12:00"), span("12:00", "18:00")]);
    let since = |hours: &Hours, now| open_since(hours, at(now)).unwrap();
    assert_eq!(since(&hours, "2026-06-05T14:00:00Z"), Some(at("2026-06-05T09:00:00Z")));
    assert_eq!(since(&hours, "2026-06-05T18:00:00Z"), None);
    hours.week[3] = vec![span("20:00", "00:00")];
    hours.week[4] = vec![span("00:00", "06:00")];
    assert_eq!(since(&hours, "2026-06-05T05:00:00Z"), Some(at("2026-06-04T20:00:00Z")));
}

#[test]
fn it_is_told_when_people_answer() {
    let hours = Hours { on: true, zone: "Europe/Paris".into(), ..Hours::default() };
    let tell = |hours: &Hours, now: &str| outlook(hours, at(now)).unwrap().map(|(_, words)| words);
    let told = |words: &str, date: &str| [words.to_owned(), date.to_owned(), "09:00".to_owned()];
    assert_eq!(tell(&hours, "2026-06-05T05:00:00Z"), told("today at 09:00", "2026-06-05"));
    assert_eq!(tell(&hours, "2026-06-04T20:00:00Z"), told("tomorrow at 09:00", "2026-06-05"));
    assert_eq!(tell(&hours, "2026-06-05T20:00:00Z"), told("on Monday at 09:00", "2026-06-08"));
    // It is tomorrow there already.
    assert_eq!(tell(&hours, "2026-06-04T22:30:00Z"), told("today at 09:00", "2026-06-05"));
    let mut closed = hours.clone();
    for day in 8..=14 {
        let date = NaiveDate::from_ymd_opt(2026, 6, day).unwrap();
        closed.holidays.push(Holiday { date, name: "Summer".into(), spans: Vec::new() });
    }
    assert_eq!(tell(&closed, "2026-06-05T20:00:00Z"), told("on Monday, 15 June at 09:00", "2026-06-15"));
    let soon = ["as soon as somebody is back".to_owned(), String::new(), String::new()];
    assert_eq!(tell(&hours, "2026-06-05T10:00:00Z"), soon);
    assert_eq!(tell(&daily("UTC", &[]), "2026-06-05T10:00:00Z"), soon);
}

#[test]
fn a_zone_that_is_none_is_refused() {
    let hours = daily("Middle/Earth", &[]);
    assert_eq!(
        open_at(&hours, at("2026-06-05T10:00:00Z")),
        Err(Error::Invalid("“Middle/Earth” is not a time zone.".into()))
    );
    assert!(zones().iter().any(|zone| zone == "Asia/Kolkata"));
}
