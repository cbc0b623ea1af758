//! Reads what was typed into the one form of its kind, and shows that form to people. Pure.

use super::{Kind, Shape};
use crate::contact::Phone;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Shape {
    /// The value in the form it is kept in; nothing typed is the empty value.
    ///
    /// # Errors
    /// A sentence for the person who typed it.
    pub fn parse(&self, typed: &str) -> Result<String, String> {
        let text = typed.trim();
        if text.is_empty() {
            return Ok(String::new());
        }
        match self.kind {
            Kind::Text => limited(one_line(text), 500),
            Kind::LongText => limited(text.replace(['\r', '\0'], ""), 5000),
            Kind::Number => decimal(text, 6).ok_or_else(|| "This is not a number, like 1234.5.".into()),
            Kind::Money => money(text, &self.currency),
            Kind::Date => date(text),
            Kind::Email => email(text).ok_or_else(|| "This is not an e-mail address, like name@example.com.".into()),
            Kind::Link => link(text).ok_or_else(|| "This is not a link, like https://example.com.".into()),
            Kind::Phone => Phone::parse(text).map(|phone| phone.to_string()).map_err(|error| error.to_string()),
            Kind::YesNo => match text.to_lowercase().as_str() {
                "yes" | "y" | "true" | "1" => Ok("yes".into()),
                "no" | "n" | "false" | "0" => Ok("no".into()),
                _ => Err("Yes or no.".into()),
            },
            Kind::OneOf => self.option(text).map(str::to_owned).ok_or_else(|| self.choices()),
            Kind::ManyOf => self.many(text),
        }
    }

    /// A kept value for people. What does not fit its kind is shown as it is.
    pub fn show(&self, value: &str) -> String {
        match self.kind {
            Kind::Number if decimal(value, 6).as_deref() == Some(value) => grouped(value),
            Kind::Money if decimal(value, 2).is_some() => format!("{} {}", grouped(value), self.currency),
            Kind::Date => day(value).unwrap_or_else(|| value.to_owned()),
            Kind::YesNo if value == "yes" => "Yes".into(),
            Kind::YesNo if value == "no" => "No".into(),
            Kind::ManyOf => value.replace('\n', ", "),
            _ => value.to_owned(),
        }
    }

    fn option(&self, text: &str) -> Option<&str> {
        let text = one_line(text).to_lowercase();
        self.options.iter().find(|option| option.to_lowercase() == text).map(String::as_str)
    }

    fn choices(&self) -> String {
        let mut words = format!("Choose from: {}", self.options.join(", "));
        if let Some((end, _)) = words.char_indices().nth(200) {
            words.truncate(end);
            words.push('…');
        }
        words
    }

    /// Options one a line; also between commas, as customers write them.
    fn many(&self, text: &str) -> Result<String, String> {
        let mut chosen: Vec<&str> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match self.option(line) {
                Some(option) => chosen.push(option),
                None => {
                    for part in line.split([',', ';']).filter(|part| !part.trim().is_empty()) {
                        chosen.push(self.option(part).ok_or_else(|| self.choices())?);
                    }
                }
            }
        }
        let ordered: Vec<&str> =
            self.options.iter().map(String::as_str).filter(|option| chosen.contains(option)).collect();
        Ok(ordered.join("\n"))
    }
}

/// Single spaces, no line breaks, nothing that cannot be seen.
pub(super) fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn limited(text: String, most: usize) -> Result<String, String> {
    if text.chars().count() > most { Err(format!("At most {most} characters.")) } else { Ok(text) }
}

/// A number with or without thousands separators, as `-1234.5`. Where both marks stand, the last is the decimal
/// one; a single comma before three digits groups thousands, as in English.
fn decimal(text: &str, decimals: usize) -> Option<String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace() && !"'’_".contains(*c)).collect();
    let (minus, bare) = match bare.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, bare.strip_prefix('+').unwrap_or(&bare)),
    };
    let (dot, comma) = (bare.rfind('.'), bare.rfind(','));
    let several = |mark: char| bare.matches(mark).count() > 1;
    let mark = match (dot, comma) {
        (None, None) => None,
        (Some(dot), Some(comma)) => Some(if dot > comma { '.' } else { ',' }),
        (Some(_), None) => (!several('.')).then_some('.'),
        (None, Some(_)) => (!several(',') && !groups(bare, ',')).then_some(','),
    };
    let (whole, fraction) = match mark {
        Some(mark) => bare.split_once(mark).filter(|(_, fraction)| !fraction.is_empty())?,
        None => (bare, ""),
    };
    let separator = if whole.contains('.') { '.' } else { ',' };
    if whole.contains(separator) && !groups(whole, separator) {
        return None;
    }
    let whole = whole.replace(separator, "");
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(&whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    if whole.len() > 15 || fraction.len() > decimals {
        return None;
    }
    let mut number = String::new();
    if minus && !(whole.is_empty() && fraction.is_empty()) {
        number.push('-');
    }
    number.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    Some(number)
}

/// `1,234,567`: one to three digits, then always three.
fn groups(text: &str, separator: char) -> bool {
    let mut parts = text.split(separator);
    parts.next().is_some_and(|first| (1..=3).contains(&first.len())) && parts.all(|part| part.len() == 3)
}

/// Thousands separators for reading.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut text = sign.to_owned();
    for (n, c) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            text.push(',');
        }
        text.push(c);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// `12` or `12.50`; the currency's letters or sign may stand at either end.
fn money(text: &str, currency: &str) -> Result<String, String> {
    let sign = match currency {
        "EUR" => "€",
        "GBP" => "£",
        "USD" => "$",
        "JPY" | "CNY" => "¥",
        "INR" => "₹",
        _ => currency,
    };
    let upper = text.to_uppercase();
    let amount = upper.trim_matches(|c: char| c.is_whitespace());
    let amount = amount.strip_prefix(currency).or_else(|| amount.strip_prefix(sign)).unwrap_or(amount);
    let amount = amount.strip_suffix(currency).or_else(|| amount.strip_suffix(sign)).unwrap_or(amount);
    match decimal(amount, 2) {
        Some(mut amount) => {
            if amount.split_once('.').is_some_and(|(_, cents)| cents.len() == 1) {
                amount.push('0');
            }
            Ok(amount)
        }
        None => Err(format!("This is not an amount in {currency}, like 12.50.")),
    }
}

/// `2026-05-03`, `3.5.2026`, `3 May 2026`, `May 3, 2026`; day and month between slashes only where one cannot be the
/// other.
fn date(text: &str) -> Result<String, String> {
    let unclear = || "This is not a date, like 2026-05-03 or 3 May 2026.".to_owned();
    let parts: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || "./-,".contains(c)).filter(|part| !part.is_empty()).collect();
    let [a, b, c] = parts[..] else { return Err(unclear()) };
    let number = |part: &str| part.trim_end_matches(char::is_alphabetic).parse::<u16>().ok();
    let (year, month, day) = if a.len() == 4 && number(a).is_some() {
        (number(a), number(b), number(c))
    } else if let Some(month) = month(a) {
        (number(c), Some(month), number(b))
    } else if let Some(month) = month(b) {
        (number(c), Some(month), number(a))
    } else {
        match (number(a), number(b)) {
            (Some(first), Some(second)) if text.contains('.') || first > 12 || first == second => {
                (number(c), Some(second), Some(first))
            }
            (Some(first), Some(second)) if second > 12 => (number(c), Some(first), Some(second)),
            (Some(_), Some(_)) => return Err("Which is the month? Write it like 2026-05-03 or 3 May 2026.".into()),
            _ => return Err(unclear()),
        }
    };
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err(unclear()) };
    if !(1000..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=days(year, month)).contains(&day) {
        return Err("There is no such day.".into());
    }
    Ok(format!("{year}-{month:02}-{day:02}"))
}

fn month(word: &str) -> Option<u16> {
    let short = word.get(..3).filter(|_| word.bytes().all(|b| b.is_ascii_alphabetic()))?;
    (1..).zip(MONTHS).find(|(_, month)| month.eq_ignore_ascii_case(short)).map(|(n, _)| n)
}

fn days(year: u16, month: u16) -> u16 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// `2026-05-03` as `3 May 2026`.
fn day(value: &str) -> Option<String> {
    let mut parts = value.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    Some(format!("{} {month} {year}", day.trim_start_matches('0')))
}

fn email(text: &str) -> Option<String> {
    let (user, host) = text.rsplit_once('@')?;
    let fits = !user.is_empty()
        && text.len() <= 254
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>(),;\"".contains(c))
        && !user.contains('@')
        && host.contains('.')
        && host.split('.').all(|label| !label.is_empty());
    fits.then(|| format!("{user}@{}", host.to_lowercase()))
}

/// `http` or `https` and nothing else, since it is clicked.
fn link(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let (scheme, rest) = if lower.starts_with("https://") {
        ("https://", &text[8..])
    } else if lower.starts_with("http://") {
        ("http://", &text[7..])
    } else {
        ("https://", text)
    };
    let host = rest.split(['/', '?', '#']).next()?;
    let name = host.split(':').next()?;
    let fits = text.len() <= 2000
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"\\".contains(c))
        && name.contains('.')
        && name.split('.').all(|label| !label.is_empty())
        && name.chars().all(|c| c.is_alphanumeric() || c == '.' || c == '-')
        && host[name.len()..].strip_prefix(':').is_none_or(|port| port.parse::<u16>().is_ok());
    fits.then(|| format!("{scheme}{rest}"))
}
