//! A file's bytes as a table: whatever encoding and delimiter a spreadsheet wrote them with.

use super::{MOST_COLUMNS, MOST_ROWS};
use crate::{Error, Result};
use encoding_rs::{Encoding, UTF_8, UTF_16LE, WINDOWS_1252};

/// Longest cell, in characters.
pub(super) const LONGEST_CELL: usize = 5000;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The names of its columns; those without one are named by their letter.
    pub headers: Vec<String>,
    /// Its rows, each with the number that a spreadsheet shows: the heading is 1. A row has as many cells as the heading
    /// has columns, or more; cells that are too long are one character longer than they may be.
    pub rows: Vec<(i32, Vec<String>)>,
}

/// Reads a CSV file: UTF-8, UTF-16 or Windows-1252; commas, semicolons or tabs.
///
/// # Errors
/// `Invalid` for what is no such file, or too large a one.
pub fn parse(bytes: &[u8]) -> Result<Sheet> {
    let no = |words: &str| Err(Error::Invalid(words.into()));
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return no("This is an Excel file. Save it as CSV first: “File”, “Save as”, “CSV UTF-8”.");
    }
    let text = decoded(bytes);
    if text.contains('\0') {
        return no("This is not a CSV file.");
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let unreadable = |_| Error::Invalid("This is not a CSV file.".into());
    let Some(first) = records.next() else { return no("The file is empty.") };
    let first = first.map_err(unreadable)?;
    let above = first.position().map_or(0, |place| blank_lines(&text, place));
    if first.len() > MOST_COLUMNS {
        return Err(Error::Invalid(format!("A file takes at most {MOST_COLUMNS} columns.")));
    }
    let headers: Vec<String> = first
        .iter()
        .enumerate()
        .map(|(place, name)| match name.split_whitespace().collect::<Vec<_>>().join(" ") {
            name if name.is_empty() => format!("Column {}", place + 1),
            name => name.chars().take(100).collect(),
        })
        .collect();
    let mut rows = Vec::new();
    let mut blank = above;
    for record in records {
        let record = record.map_err(unreadable)?;
        if rows.len() == MOST_ROWS {
            return Err(Error::Invalid(format!("A file takes at most {MOST_ROWS} rows. Divide it into several.")));
        }
        blank += record.position().map_or(0, |place| blank_lines(&text, place));
        let number = i32::try_from(rows.len() + 2 + blank).unwrap_or(i32::MAX);
        let cell = |text: &str| text.trim().chars().take(LONGEST_CELL + 1).collect::<String>();
        let mut cells: Vec<_> = record.iter().map(cell).collect();
        let beyond = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        cells.resize(headers.len().max(beyond), String::new());
        rows.push((number, cells));
    }
    if rows.is_empty() {
        return no("The file has a heading and no rows.");
    }
    Ok(Sheet { headers, rows })
}

/// Lines with nothing on them before a record: the reader passes over them, and a spreadsheet counts them.
fn blank_lines(text: &str, place: &csv::Position) -> usize {
    let Some((before, mut rest)) = usize::try_from(place.byte()).ok().and_then(|byte| text.split_at_checked(byte))
    else {
        return 0;
    };
    // The end of the line before.
    if before.ends_with('\r') {
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    let mut lines = 0;
    while let Some(next) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])) {
        lines += 1;
        rest = next;
    }
    lines
}

fn decoded(bytes: &[u8]) -> String {
    // Without a byte order mark UTF-16 shows by the zeros in every second byte of plain letters.
    let zeros = bytes.iter().take(200).skip(1).step_by(2).filter(|byte| **byte == 0).count();
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if zeros > 40 || (bytes.len() < 200 && zeros * 3 > bytes.len()) => UTF_16LE,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    encoding.decode(bytes).0.into_owned()
}

/// The mark that stands most often in the heading, outside of quotes.
fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => counts.iter_mut().filter(|(mark, _)| *mark == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // Of equals the first: a comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(mark, _)| *mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "Name;Phone\r\nJosé;+55 11 98765-4321\r\n\"Ana; Maria\";\r\n";

    fn expected() -> Sheet {
        let row = |name: &str, phone: &str| vec![name.to_owned(), phone.to_owned()];
        Sheet {
            headers: row("Name", "Phone"),
            rows: vec![(2, row("José", "+55 11 98765-4321")), (3, row("Ana; Maria", ""))],
        }
    }

    #[test]
    fn one_table_in_every_encoding() {
        let utf16 = |text: &str, big: bool, mark: bool| {
            let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect::<Vec<u8>>()
        };
        for (name, bytes) in [
            ("UTF-8", TABLE.as_bytes().to_vec()),
            ("UTF-8 with a mark", format!("\u{feff}{TABLE}").into_bytes()),
            ("UTF-16, little end first", utf16(TABLE, false, true)),
            ("UTF-16, big end first", utf16(TABLE, true, true)),
            ("UTF-16 without a mark", utf16(TABLE, false, false)),
            ("Windows-1252", WINDOWS_1252.encode(TABLE).0.into_owned()),
        ] {
            assert_eq!(parse(&bytes).unwrap(), expected(), "{name}");
        }
    }

    #[test]
    fn every_delimiter_is_recognised_and_short_rows_are_filled() {
        for mark in [",", ";", "\t"] {
            let text = format!("a{mark}\"b,;x\"{mark}c\n1{mark}2\n");
            let sheet = parse(text.as_bytes()).unwrap();
            assert_eq!(sheet.headers, ["a", "b,;x", "c"], "{mark:?}");
            assert_eq!(sheet.rows, [(2, vec!["1".to_owned(), "2".to_owned(), String::new()])]);
        }
        assert_eq!(parse(b"phone\n1\n").unwrap().headers, ["phone"]);
        assert_eq!(parse(b"phone,\n1,\n").unwrap().headers, ["phone", "Column 2"]);
    }

    #[test]
    fn a_row_has_the_number_that_a_spreadsheet_shows() {
        for end in ["\n", "\r\n", "\r"] {
            let lines = ["", "a,b", "", "1,2", "\"two\nlines\",x", "", "", "3,4", "5,6", ""];
            let sheet = parse(lines.join(end).as_bytes()).unwrap();
            let numbers: Vec<_> = sheet.rows.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, [4, 5, 8, 9], "{end:?}");
        }
    }

    #[test]
    fn nothing_is_cut_off_without_a_word() {
        let long = "x".repeat(LONGEST_CELL + 50);
        let sheet = parse(format!("a,b\n1,2,three,,\n1,{long}\n1,2,,\n").as_bytes()).unwrap();
        assert_eq!(sheet.rows[0].1, ["1", "2", "three"]);
        assert_eq!(sheet.rows[1].1[1].chars().count(), LONGEST_CELL + 1);
        assert_eq!(sheet.rows[2].1, ["1", "2"], "empty ones are nothing");
    }

    #[test]
    fn what_is_no_table_is_refused_in_words() {
        for (bytes, says) in [
            (&b"PK\x03\x04xxxx"[..], "Excel"),
            (b"", "empty"),
            (b"Name,Phone\n", "no rows"),
            (b"\x00\x01\x02,\x00", "not a CSV"),
        ] {
            assert!(parse(bytes).unwrap_err().to_string().contains(says), "{says}");
        }
        let long = format!("phone\n{}", "1\n".repeat(MOST_ROWS + 1));
        assert!(parse(long.as_bytes()).unwrap_err().to_string().contains("200000 rows"));
    }
}
