//! Business hours: when people answer. Whether that is now, and when it will be, is reckoned on the server, which
//! alone knows the world's time zones.

#[cfg(feature = "postgres")]
mod reckon;

#[cfg(feature = "postgres")]
pub use reckon::{next_opening, open_at, open_since, outlook, zones};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Minutes of a day.
pub const DAY: u16 = 24 * 60;
/// Spans of one day at most.
pub const MOST_SPANS: usize = 6;
/// Holidays at most.
pub const MOST_HOLIDAYS: usize = 200;
/// The days by their place in [`Hours::week`].
pub const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A stretch of a day, in minutes from its midnight by the clock on the wall. One that ends where it begins or before
/// goes on past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first minute.
    pub from: u16,
    /// The minute after the last; 1,440 is midnight.
    pub to: u16,
}

/// A day that goes its own way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// Which day.
    pub date: NaiveDate,
    /// What it is called.
    pub name: String,
    /// When people answer all the same; closed where there is none.
    pub spans: Vec<Span>,
}

/// When people answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hours {
    /// Off counts as always open.
    pub on: bool,
    /// The IANA name of the time zone.
    pub zone: String,
    /// Monday to Sunday.
    pub week: [Vec<Span>; 7],
    /// Days that the week does not hold for, by date.
    pub holidays: Vec<Holiday>,
}

impl Default for Hours {
    fn default() -> Self {
        let working = || vec![Span { from: 9 * 60, to: 18 * 60 }];
        Self {
            on: false,
            zone: "UTC".into(),
            week: std::array::from_fn(|day| if day < 5 { working() } else { Vec::new() }),
            holidays: Vec::new(),
        }
    }
}

impl Span {
    /// `09:00–18:00`.
    pub fn words(self) -> String {
        format!("{}–{}", clock(self.from), clock(self.to))
    }

    /// The minute after the last, from the midnight of the day it begins on: past [`DAY`] where it goes on.
    fn end(self) -> u16 {
        if self.to > self.from { self.to } else { self.to + DAY }
    }
}

impl Hours {
    /// What does not fit: the field, and why. The zone's name is the server's to judge.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let mut judge = |field: String, name: &str, spans: &[Span]| {
            if let Some(why) = spans_problem(name, spans) {
                problems.push((field, why));
            }
        };
        for (day, spans) in self.week.iter().enumerate() {
            judge(format!("hours.{day}"), DAYS[day], spans);
        }
        for (place, holiday) in self.holidays.iter().enumerate() {
            let name = if holiday.name.is_empty() { holiday.date.to_string() } else { holiday.name.clone() };
            judge(format!("holidays.{place}"), &name, &holiday.spans);
        }
        for (place, holiday) in self.holidays.iter().enumerate() {
            if holiday.name.chars().count() > 60 {
                problems.push((format!("holidays.{place}"), "A holiday's name takes at most 60 characters.".into()));
            }
            if self.holidays[..place].iter().any(|earlier| earlier.date == holiday.date) {
                problems.push((format!("holidays.{place}"), format!("{} is there twice.", holiday.date)));
            }
        }
        if self.holidays.len() > MOST_HOLIDAYS {
            problems
                .push(("holidays".into(), format!("At most {MOST_HOLIDAYS} holidays. Remove those that are over.")));
        }
        if self.zone.is_empty() || self.zone.len() > 64 {
            problems.push(("zone".into(), "Choose a time zone.".into()));
        }
        problems
    }
}

fn spans_problem(name: &str, spans: &[Span]) -> Option<String> {
    if spans.len() > MOST_SPANS {
        return Some(format!("{name}: at most {MOST_SPANS} times a day."));
    }
    if spans.iter().any(|span| span.from >= DAY || span.to > DAY || span.from == span.to) {
        return Some(format!("{name}: a time begins and ends at different minutes."));
    }
    let mut sorted = spans.to_vec();
    sorted.sort_unstable_by_key(|span| span.from);
    let overlap = sorted.windows(2).any(|pair| pair[0].end() > pair[1].from);
    overlap.then(|| format!("{name}: two of its times overlap."))
}

/// Minutes of a day as `09:05`.
pub fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A day's times in words.
pub fn spans_words(spans: &[Span]) -> String {
    if spans.is_empty() {
        return "closed".into();
    }
    spans.iter().map(|span| span.words()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: u16, to: u16) -> Span {
        Span { from, to }
    }

    #[test]
    fn times_that_make_no_sense_are_named_by_their_field() {
        let day = |spans: Vec<Span>| {
            let mut hours = Hours::default();
            hours.week[2] = spans;
            hours.problems().into_iter().next()
        };
        assert_eq!(day(vec![]), None);
        assert_eq!(day(vec![span(0, DAY)]), None);
        assert_eq!(day(vec![span(13 * 60, 18 * 60), span(9 * 60, 12 * 60)]), None);
        assert_eq!(day(vec![span(9 * 60, 12 * 60), span(12 * 60, 13 * 60)]), None, "they may touch");
        assert_eq!(day(vec![span(22 * 60, 2 * 60)]), None, "past midnight");
        for wrong in [
            vec![span(540, 540)],
            vec![span(DAY, 60)],
            vec![span(540, DAY + 1)],
            vec![span(540, 720), span(700, 800)],
            vec![span(1320, 120), span(1380, DAY)],
            vec![span(0, 60); MOST_SPANS + 1],
        ] {
            let (field, why) = day(wrong.clone()).unwrap_or_else(|| panic!("{wrong:?} is refused"));
            assert_eq!(field, "hours.2");
            assert!(why.starts_with("Wednesday: "), "{why}");
        }
    }

    #[test]
    fn a_holiday_is_there_once() {
        let christmas = Holiday { date: "2026-12-25".parse().unwrap(), name: "Christmas".into(), spans: Vec::new() };
        let hours = Hours { holidays: vec![christmas.clone(), christmas], ..Hours::default() };
        assert_eq!(hours.problems(), [("holidays.1".into(), "2026-12-25 is there twice.".into())]);
    }

    #[test]
    fn times_are_read_aloud() {
        assert_eq!(spans_words(&[span(540, 750), span(810, DAY)]), "09:00–12:30, 13:30–24:00");
        assert_eq!(spans_words(&[]), "closed");
    }
}
