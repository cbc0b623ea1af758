//! Business hours on the world's clocks: a clock that is put forward or back moves openings as people on the spot
//! would read it.

use super::{DAY, Hours, Span};
use crate::{Error, Result, Timestamp};
use chrono::{Datelike, Days, LocalResult, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// Days looked ahead for the next opening: a year, and a holiday or two.
const AHEAD: u64 = 400;

/// The names of all time zones.
pub fn zones() -> Vec<String> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name().to_owned()).collect()
}

/// Whether people answer at that moment.
///
/// # Errors
/// `Invalid` where the time zone is none.
pub fn open_at(hours: &Hours, now: Timestamp) -> Result<bool> {
    Ok(open_since(hours, now)?.is_some())
}

/// Since when people answer; none while they do not. Where they always do, since the beginning of time.
///
/// # Errors
/// As [`open_at`].
pub fn open_since(hours: &Hours, now: Timestamp) -> Result<Option<Timestamp>> {
    if !hours.on {
        return Ok(Some(Timestamp::MIN_UTC));
    }
    let mut since = None;
    // What began a day or two ago may last, and stretches that touch are one.
    for (from, to) in stretches(hours, now, 8)? {
        if from <= now && now < to {
            return Ok(Some(since.filter(|(_, end)| *end >= from).map_or(from, |(begun, _)| begun)));
        }
        since = Some(match since {
            Some((begun, end)) if end >= from => (begun, to.max(end)),
            _ => (from, to),
        });
    }
    Ok(None)
}

/// When people answer next, where they do not now; none where they never will within a year.
///
/// # Errors
/// As [`open_at`].
pub fn next_opening(hours: &Hours, now: Timestamp) -> Result<Option<Timestamp>> {
    if !hours.on {
        return Ok(None);
    }
    Ok(stretches(hours, now, AHEAD)?.map(|(from, _)| from).find(|from| *from > now))
}

/// When people answer again, for a text's blanks: `{opens}` in words, `{opens_date}` and `{opens_time}` in figures of
/// every language. Within hours, or where no opening is known, it is as soon as somebody is back.
///
/// # Errors
/// As [`open_at`].
pub fn outlook(hours: &Hours, now: Timestamp) -> Result<[(&'static str, String); 3]> {
    let next = if open_at(hours, now)? { None } else { next_opening(hours, now)? };
    let Some(next) = next else {
        let soon = "as soon as somebody is back".to_owned();
        return Ok([("opens", soon), ("opens_date", String::new()), ("opens_time", String::new())]);
    };
    let zone = zone(hours)?;
    let (next, today) = (next.with_timezone(&zone), now.with_timezone(&zone).date_naive());
    let (date, time) = (next.date_naive(), next.format("%H:%M").to_string());
    let words = match (date - today).num_days() {
        0 => format!("today at {time}"),
        1 => format!("tomorrow at {time}"),
        2..=6 => format!("on {} at {time}", next.format("%A")),
        _ => format!("on {} at {time}", next.format("%A, %-d %B")),
    };
    Ok([("opens", words), ("opens_date", date.to_string()), ("opens_time", time)])
}

fn zone(hours: &Hours) -> Result<Tz> {
    hours.zone.parse().map_err(|_| Error::Invalid(format!("“{}” is not a time zone.", hours.zone)))
}

/// The stretches in which people answer, in order, from the day before `now`'s on.
fn stretches(hours: &Hours, now: Timestamp, days: u64) -> Result<impl Iterator<Item = (Timestamp, Timestamp)> + '_> {
    let zone = zone(hours)?;
    let first = now.with_timezone(&zone).date_naive().checked_sub_days(Days::new(2)).ok_or(Error::Internal)?;
    let day = move |n| first.checked_add_days(Days::new(n));
    Ok((0..days).filter_map(day).flat_map(move |date| {
        let mut spans: Vec<_> = spans(hours, date).iter().map(|span| instants(zone, date, *span)).collect();
        spans.sort_unstable();
        // The hour that a clock skips is no stretch.
        spans.into_iter().filter(|(from, to)| from < to)
    }))
}

fn spans(hours: &Hours, date: NaiveDate) -> &[Span] {
    let own = hours.holidays.iter().find(|holiday| holiday.date == date);
    own.map_or(&hours.week[date.weekday().num_days_from_monday() as usize], |holiday| &holiday.spans)
}

fn instants(zone: Tz, date: NaiveDate, span: Span) -> (Timestamp, Timestamp) {
    (instant(zone, date, span.from, true), instant(zone, date, span.end(), false))
}

/// A minute by the clock on the wall. One that the clock skips is the moment it does so; of one that comes twice an
/// opening is the first and an end the second.
fn instant(zone: Tz, date: NaiveDate, minutes: u16, opens: bool) -> Timestamp {
    let date = date.checked_add_days(Days::new(u64::from(minutes / DAY))).unwrap_or(date);
    let time = date.and_time(chrono::NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes % DAY));
    match zone.from_local_datetime(&time) {
        LocalResult::Single(at) => at.to_utc(),
        LocalResult::Ambiguous(first, second) => if opens { first } else { second }.to_utc(),
        LocalResult::None => skipped(zone, time),
    }
}

/// The moment at which a clock was put forward past a time.
fn skipped(zone: Tz, time: chrono::NaiveDateTime) -> Timestamp {
    // What the clock showed a day before, taken on, lies past the gap by as much as the time lies within it.
    let mut before = time;
    for _ in 0..(3 * u32::from(DAY)) {
        before -= TimeDelta::minutes(1);
        if let Some(at) = zone.from_local_datetime(&before).latest() {
            return at.to_utc() + TimeDelta::minutes(1);
        }
    }
    Utc.from_utc_datetime(&time)
}

#[cfg(test)]
#[path = "reckon_tests.rs"]
mod tests;
