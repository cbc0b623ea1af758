//! One row as it is understood, or everything that is wrong with it.

use super::file::LONGEST_CELL;
use super::{Column, Plan, Problem};
use crate::attribute::Definition;
use crate::contact::edit::LONGEST_NAME;
use crate::contact::{Opted, Phone, source_words};
use crate::{AttributeId, TagId};
use std::collections::HashMap;

/// Tags in one row.
const MOST_TAGS: usize = 20;

/// What rows are read with.
pub(super) struct Reading<'a> {
    pub(super) plan: &'a Plan,
    pub(super) headers: &'a [String],
    pub(super) definitions: &'a HashMap<AttributeId, Definition>,
    /// Tags that members give, by their names in small letters.
    pub(super) tags: &'a HashMap<String, TagId>,
}

/// A row that can be imported; what is empty in it changes nothing.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) row: i32,
    pub(super) phone: Phone,
    pub(super) name: Option<String>,
    pub(super) values: Vec<(AttributeId, String)>,
    pub(super) tags: Vec<TagId>,
    pub(super) opted: Option<Opted>,
    pub(super) source: Option<String>,
    /// As they stand in the file.
    pub(super) cells: Vec<String>,
}

impl Reading<'_> {
    pub(super) fn row(&self, row: i32, cells: &[String]) -> Result<Ready, Vec<Problem>> {
        if cells.iter().all(String::is_empty) {
            return Err(vec![Problem { column: None, value: String::new(), why: "This row is empty.".into() }]);
        }
        let mut problems = Vec::new();
        if let Some(cell) = cells.iter().skip(self.headers.len()).find(|cell| !cell.is_empty()) {
            let why = format!("This row has more cells than the heading: “{}”.", beginning(cell));
            problems.push(Problem { column: None, value: beginning(cell), why });
        }
        let mut phone = None;
        let (mut name, mut opted, mut source) = (None, None, None);
        let (mut values, mut tags) = (Vec::new(), Vec::new());
        for ((column, cell), header) in self.plan.columns.iter().zip(cells).zip(self.headers) {
            if cell.is_empty() && *column != Column::Phone {
                continue;
            }
            let read = match column {
                Column::Skip => Ok(()),
                _ if cell.chars().count() > LONGEST_CELL => {
                    Err(format!("A cell takes at most {LONGEST_CELL} characters."))
                }
                Column::Phone => number(cell, &self.plan.country).map(|read| phone = Some(read)),
                Column::Name => {
                    let words = cell.split_whitespace().collect::<Vec<_>>().join(" ");
                    if words.chars().count() > LONGEST_NAME {
                        Err(format!("A name takes at most {LONGEST_NAME} characters."))
                    } else {
                        name = Some(words);
                        Ok(())
                    }
                }
                Column::Opted => wanted(cell).map(|read| opted = Some(read)),
                Column::Source => source_words(cell).map(|read| source = Some(read)).map_err(|error| error.to_string()),
                Column::Tags => self.tags(cell).map(|read| tags = read),
                Column::Attribute(id) => match self.definitions.get(id) {
                    None => Err("This attribute is gone. Choose the columns again.".into()),
                    Some(definition) => definition.shape.parse(cell).map(|value| values.push((*id, value))),
                },
            };
            if let Err(why) = read {
                problems.push(Problem { column: Some(header.clone()), value: beginning(cell), why });
            }
        }
        match phone {
            Some(phone) if problems.is_empty() => {
                Ok(Ready { row, phone, name, values, tags, opted, source, cells: cells.to_vec() })
            }
            _ => Err(problems),
        }
    }

    fn tags(&self, cell: &str) -> Result<Vec<TagId>, String> {
        let mut tags = Vec::new();
        for word in cell.split([',', ';']).map(str::trim).filter(|word| !word.is_empty()) {
            let tag = self.tags.get(&word.to_lowercase());
            let tag = tag.ok_or_else(|| format!("There is no tag “{word}” that members give. Make it under Tags."))?;
            if !tags.contains(tag) {
                tags.push(*tag);
            }
        }
        if tags.len() > MOST_TAGS { Err(format!("At most {MOST_TAGS} tags in one row.")) } else { Ok(tags) }
    }
}

/// Enough of a cell to recognise it by.
fn beginning(cell: &str) -> String {
    cell.chars().take(60).collect()
}

/// A phone number; one without a country code is completed where the country is known.
pub(super) fn number(text: &str, country: &str) -> Result<Phone, String> {
    if text.is_empty() {
        return Err("There is no phone number.".into());
    }
    // Spreadsheets keep a plus by an apostrophe, and show long numbers as 5.5E+12.
    let text = text.trim_start_matches('\'').trim();
    if text.contains(['E', 'e']) && text.parse::<f64>().is_ok() {
        return Err("The spreadsheet has rounded this number. Format the column as text, and save again.".into());
    }
    let plain = Phone::parse(text).map_err(|error| error.to_string())?;
    if text.starts_with('+') {
        return Ok(plain);
    }
    if let Some(rest) = plain.digits().strip_prefix("00") {
        return Phone::parse(rest).map_err(|error| error.to_string());
    }
    let valid = |number: Result<phonenumber::PhoneNumber, _>| number.ok().filter(phonenumber::PhoneNumber::is_valid);
    let Ok(country) = country.parse::<phonenumber::country::Id>() else {
        // A national number may look like another country's: 11 987654321 of São Paulo is none of +1, but nearly.
        let whole = valid(phonenumber::parse(None, format!("+{}", plain.digits())));
        let why = "The country code is missing, or there is no such number. Choose the country of numbers without one, or write + before those with one.";
        return if whole.is_some() { Ok(plain) } else { Err(why.into()) };
    };
    let national = valid(phonenumber::parse(Some(country), text));
    // Where it is none of that country's, its country code may stand there without the plus.
    let number = national.or_else(|| valid(phonenumber::parse(None, format!("+{}", plain.digits()))));
    let number =
        number.ok_or_else(|| format!("This is no phone number of {country:?}, nor one with its country code."))?;
    Phone::parse(&number.format().mode(phonenumber::Mode::E164).to_string()).map_err(|error| error.to_string())
}

fn wanted(text: &str) -> Result<Opted, String> {
    match text.to_lowercase().as_str() {
        "in" | "yes" | "y" | "true" | "1" | "opted in" | "opt-in" | "subscribed" | "sim" | "sí" | "si" | "ja"
        | "oui" => Ok(Opted::In),
        "out" | "no" | "n" | "false" | "0" | "opted out" | "opt-out" | "unsubscribed" | "não" | "nao" | "nein"
        | "non" => Ok(Opted::Out),
        _ => Err("Write yes or no.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn national_numbers_are_completed_and_others_kept() {
        let cases = [
            ("+55 11 98765-4321", "", "5511987654321"),
            ("'+5511987654321", "", "5511987654321"),
            ("0049 170 1234567", "", "491701234567"),
            ("5511987654321", "", "5511987654321"),
            ("(11) 98765-4321", "BR", "5511987654321"),
            ("5511987654321", "BR", "5511987654321"),
            ("0170 1234567", "DE", "491701234567"),
            ("+1 415 555 2671", "DE", "14155552671"),
            ("07400 123456", "GB", "447400123456"),
            ("011 15-2345-6789", "AR", "5491123456789"),
        ];
        for (text, country, digits) in cases {
            assert_eq!(
                number(text, country).map(|phone| phone.digits().to_owned()),
                Ok(digits.into()),
                "{text} {country}"
            );
        }
    }

    #[test]
    fn what_is_no_number_is_told_why() {
        for (text, country, says) in [
            ("", "", "no phone number"),
            ("0170 1234567", "", "country code is missing"),
            ("11 98765-4321", "", "country code is missing"),
            ("5.5119E+12", "", "rounded"),
            ("12345", "BR", "7 to 15 digits"),
            ("1234567890", "DE", "no phone number of"),
            ("call me", "", "7 to 15 digits"),
        ] {
            let why = number(text, country).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }
}
