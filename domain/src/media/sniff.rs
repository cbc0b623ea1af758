//! What a file is, found by looking into it, and what WhatsApp takes of that
//! (<https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>).

use super::{LARGEST, LARGEST_IMAGE, office, too_large};
use crate::{Error, Result};
use sha2::{Digest, Sha256};

/// Longest name, in characters.
const LONGEST_NAME: usize = 120;
/// How far into a text is looked for a page's marks, in bytes.
const HEAD: usize = 1024;
/// What WhatsApp takes, and how the names of such files end; the first ending is given to those that end otherwise.
const TAKEN: [(&str, &[&str]); 16] = [
    ("image/jpeg", &["jpg", "jpeg"]),
    ("image/png", &["png"]),
    ("video/mp4", &["mp4"]),
    ("video/3gpp", &["3gp"]),
    ("audio/mpeg", &["mp3"]),
    ("audio/mp4", &["m4a"]),
    ("audio/aac", &["aac"]),
    ("audio/amr", &["amr"]),
    ("audio/ogg", &["ogg", "opus", "oga"]),
    ("application/pdf", &["pdf"]),
    ("application/msword", &["doc"]),
    ("application/vnd.ms-excel", &["xls"]),
    ("application/vnd.ms-powerpoint", &["ppt"]),
    (office::DOCX, &["docx"]),
    (office::XLSX, &["xlsx"]),
    (office::PPTX, &["pptx"]),
];
const TEXT: (&str, &[&str]) = ("text/plain", &["txt", "csv"]);

/// A file that may be kept.
#[derive(Debug)]
pub struct Taken {
    /// What it is.
    pub content_type: &'static str,
    /// Its name, made safe.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
    /// The content's SHA-256.
    pub sha256: [u8; 32],
}

/// Looks into a file. Its name decides nothing but what it is called.
///
/// # Errors
/// `Invalid` for what WhatsApp does not take, SVG and web pages among it; `TooLarge` above its limit or Baton's.
pub fn take(name: &str, content: Vec<u8>) -> Result<Taken> {
    if content.is_empty() {
        return Err(Error::Invalid("This file is empty.".into()));
    }
    if content.len() > LARGEST {
        return Err(too_large());
    }
    let Some((content_type, endings)) = look(&content) else {
        return Err(Error::Invalid(
            "WhatsApp does not take this kind of file. It takes photos (JPEG, PNG), videos (MP4, 3GP), audio (MP3, M4A, \
             AAC, AMR, Ogg with Opus), PDF, Word, Excel and PowerPoint without macros, and plain text."
                .into(),
        ));
    };
    if content_type.starts_with("image/") && content.len() > LARGEST_IMAGE {
        return Err(Error::TooLarge("WhatsApp takes photos up to 5 MB. Make this one smaller.".into()));
    }
    let sha256 = Sha256::digest(&content).into();
    Ok(Taken { content_type, name: safe(name, endings), content, sha256 })
}

fn look(content: &[u8]) -> Option<(&'static str, &'static [&'static str])> {
    let found = infer::get(content).map(|kind| kind.mime_type());
    let found = match found {
        None if content.get(4..10) == Some(b"ftyp3g") => "video/3gpp",
        None => return is_text(content).then_some(TEXT),
        Some("audio/m4a") => "audio/mp4",
        // The only sound that WhatsApp takes in an Ogg file.
        Some("audio/opus") => "audio/ogg",
        Some("audio/ogg") => return None,
        // Office writes a file's parts in any order; `infer` knows some.
        Some("application/zip") => office_in(content)?,
        Some(found) => found,
    };
    if found.starts_with("application/vnd.openxml") && holds(content, b"vbaProject.bin") {
        return None;
    }
    TAKEN.into_iter().find(|(content_type, _)| *content_type == found)
}

/// Which of Office's formats a ZIP is, by the names of its parts.
fn office_in(content: &[u8]) -> Option<&'static str> {
    if !holds(content, b"[Content_Types].xml") {
        return None;
    }
    let parts: [(&[u8], _); 3] = [
        (b"word/document.xml", office::DOCX),
        (b"xl/workbook.xml", office::XLSX),
        (b"ppt/presentation.xml", office::PPTX),
    ];
    parts.into_iter().find(|(part, _)| holds(content, part)).map(|(_, content_type)| content_type)
}

fn holds(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

/// Plain words: no control characters, and nothing that a browser could take for a page or a drawing.
fn is_text(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let text = text.trim_start_matches('\u{feff}');
    let head = String::from_utf8_lossy(&text.as_bytes()[..text.len().min(HEAD)]).to_lowercase();
    let page = ["<svg", "<html", "<!doctype", "<script", "<?xml", "<body", "<head"];
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
        && !head.trim_start().starts_with('<')
        && !page.iter().any(|mark| head.contains(mark))
}

/// A name without a path, without what is not shown or turns the writing round, and with an ending that tells what the
/// file is.
fn safe(name: &str, endings: &[&str]) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| !c.is_control() && !turns(*c) && !"<>:\"|?*".contains(*c)).collect();
    let shown = shown.trim().trim_start_matches('.').trim();
    let ending = shown.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let fits = ending.is_some_and(|ending| endings.contains(&ending.as_str()));
    let (stem, ending) = match shown.rsplit_once('.') {
        Some((stem, ending)) if fits && !stem.trim().is_empty() => (stem, ending),
        _ => (shown, endings[0]),
    };
    let stem: String = stem.chars().take(LONGEST_NAME - 8).collect();
    let stem = stem.trim();
    format!("{}.{ending}", if stem.is_empty() { "file" } else { stem })
}

#[cfg(test)]
#[path = "sniff_tests.rs"]
mod tests;
