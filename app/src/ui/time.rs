//! Times on screen: UTC in the server's HTML, the reader's zone once the page runs, and one clock for both.

use super::browser::zone_minutes;
use chrono::{Datelike, NaiveDate, TimeDelta, Timelike};
use domain::Timestamp;
use leptos::prelude::*;

/// The beginning of a day (`2026-11-24`) in the reader's zone, `later` days later.
pub fn midnight(day: &str, later: i64) -> Option<Timestamp> {
    let day = day.parse::<NaiveDate>().ok()?.checked_add_signed(TimeDelta::days(later))?;
    let utc = day.and_hms_opt(0, 0, 0)?.and_utc();
    utc.checked_sub_signed(TimeDelta::minutes(zone_minutes(utc)))
}

/// From so many milliseconds on the clock is wrong, and not just between two ticks.
const WRONG_MS: i64 = 1_500;

/// The server's time as the page knows it, ticking every second.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The time.
    pub now: RwSignal<Timestamp>,
    /// Whether the page runs in a browser by now: only then zones differ from UTC.
    pub awake: RwSignal<bool>,
    offset_ms: StoredValue<i64>,
}

impl Clock {
    /// Starts from the server's time.
    pub fn new(now: Timestamp) -> Self {
        let clock = Self { now: RwSignal::new(now), awake: RwSignal::new(false), offset_ms: StoredValue::new(0) };
        Effect::new(move |_| {
            clock.awake.set(true);
            clock.correct(clock.now.get_untracked());
            let ticking = set_interval_with_handle(move || clock.tick(), std::time::Duration::from_secs(1));
            if let Ok(ticking) = ticking {
                on_cleanup(move || ticking.clear());
            }
        });
        clock
    }

    /// Sets it by what the server says. Every time on the page is looked at again where it was wrong; else with the next
    /// tick: the server says it fifty times a second.
    pub fn correct(self, server: Timestamp) {
        self.offset_ms.set_value(server.timestamp_millis() - super::browser::now_ms());
        if (server - self.now.get_untracked()).num_milliseconds().abs() > WRONG_MS {
            self.tick();
        }
    }

    /// The time in a browser to the millisecond: [`Self::now`] may be a second old.
    pub fn exact(self) -> Timestamp {
        let ms = super::browser::now_ms() + self.offset_ms.get_value();
        Timestamp::from_timestamp_millis(ms).unwrap_or_default()
    }

    fn tick(self) {
        let _ = self.now.try_set(self.exact());
    }

    /// A moment in the reader's zone.
    pub fn local(self, at: Timestamp) -> Timestamp {
        if self.awake.get() { at + TimeDelta::minutes(zone_minutes(at)) } else { at }
    }
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `14:06`.
    Clock,
    /// `14:06` today, `yesterday`, `3 May`, `3 May 2025`.
    Short,
    /// `today, 14:06`, `3 May, 14:06`.
    Full,
}

/// A moment, for people and machines.
#[component]
pub fn Time(at: Timestamp, style: Style) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let words = Memo::new(move |_| {
        let (at, now) = (clock.local(at), clock.local(clock.now.get()));
        match style {
            Style::Clock => hours(at),
            Style::Short if day(at) == day(now) => hours(at),
            Style::Short => date(at, now),
            Style::Full => format!("{}, {}", date(at, now), hours(at)),
        }
    });
    let exact = move || exactly(clock.local(at));
    view! { <time datetime=at.to_rfc3339() title=exact>{words}</time> }
}

// Written by hand: chrono's own formatting is ten thousand bytes of the browser's part.

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// `14:06`.
pub fn hours(at: Timestamp) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `Tuesday 3 May 2025, 14:06:09`.
fn exactly(at: Timestamp) -> String {
    let weekday = DAYS[at.weekday().num_days_from_monday() as usize];
    let month = MONTHS[at.month0() as usize];
    format!("{weekday} {} {month} {}, {}:{:02}", at.day(), at.year(), hours(at), at.second())
}

fn day(at: Timestamp) -> (i32, u32) {
    (at.year(), at.ordinal())
}

/// `today`, `yesterday`, `3 May`, `3 May 2025`; both moments in the reader's zone.
pub fn date(at: Timestamp, now: Timestamp) -> String {
    if day(at) == day(now) {
        "today".into()
    } else if day(at) == day(now - TimeDelta::days(1)) {
        "yesterday".into()
    } else if at.year() == now.year() {
        format!("{} {}", at.day(), &MONTHS[at.month0() as usize][..3])
    } else {
        format!("{} {} {}", at.day(), &MONTHS[at.month0() as usize][..3], at.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_do() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let noon = at("2025-05-06T14:06:09Z");
        assert_eq!(exactly(noon), "Tuesday 6 May 2025, 14:06:09");
        assert_eq!(hours(at("2025-05-06T04:06:00Z")), "04:06");
        assert_eq!(date(noon, at("2025-05-06T23:59:59Z")), "today");
        assert_eq!(date(noon, at("2025-05-07T00:00:00Z")), "yesterday");
        assert_eq!(date(noon, at("2025-09-07T00:00:00Z")), "6 May");
        assert_eq!(date(at("2024-12-31T00:00:00Z"), noon), "31 Dec 2024");
    }
}
