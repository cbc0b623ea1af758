use super::*;

fn name(name: &str) -> String {
    safe(name, &["png"])
}

/// The beginning of a file, and some more of it.
fn begins(head: &[u8]) -> Vec<u8> {
    let mut content = head.to_vec();
    content.resize(head.len() + 600, 1);
    content
}

/// A ZIP as far as names of parts go.
fn zip(parts: &[&str]) -> Vec<u8> {
    let mut content = Vec::new();
    for part in parts {
        content.extend_from_slice(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        content.extend_from_slice(&u16::try_from(part.len()).unwrap().to_le_bytes());
        content.extend_from_slice(b"\0\0");
        content.extend_from_slice(part.as_bytes());
    }
    content
}

#[test]
fn what_whatsapp_takes_is_known_by_its_content() {
    let opus = [b"OggS".as_slice(), &[0; 24], b"OpusHead"].concat();
    for (content, content_type) in [
        (begins(b"\xff\xd8\xff\xe0"), "image/jpeg"),
        (begins(b"\x89PNG\r\n\x1a\n"), "image/png"),
        (begins(b"\0\0\0\x18ftypmp42"), "video/mp4"),
        (begins(b"\0\0\0\x18ftypisom"), "video/mp4"),
        (begins(b"\0\0\0\x18ftyp3gp4"), "video/3gpp"),
        (begins(b"ID3\x03"), "audio/mpeg"),
        (begins(b"\0\0\0\x18ftypM4A "), "audio/mp4"),
        (begins(b"#!AMR\n"), "audio/amr"),
        (begins(b"\xff\xf1"), "audio/aac"),
        (begins(&opus), "audio/ogg"),
        (begins(b"%PDF-1.7"), "application/pdf"),
        (zip(&["_rels/.rels", "docProps/app.xml", "word/document.xml", "[Content_Types].xml"]), office::DOCX),
        (zip(&["xl/workbook.xml", "[Content_Types].xml"]), office::XLSX),
        (zip(&["ppt/presentation.xml", "[Content_Types].xml"]), office::PPTX),
        ("Prices\n\tfür alle: 1 < 2\n".into(), "text/plain"),
    ] {
        let taken = take("x", content).unwrap_or_else(|error| panic!("{content_type}: {error}"));
        assert_eq!(taken.content_type, content_type);
    }
}

#[test]
fn what_whatsapp_or_a_browser_would_choke_on_is_refused_whatever_its_name() {
    for content in [
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec(),
        b"\xef\xbb\xbf <!-- x --> <svg></svg>".to_vec(),
        b"<?xml version=\"1.0\"?><svg/>".to_vec(),
        b"<!DOCTYPE html><p>x".to_vec(),
        b"hello <HTML><body>".to_vec(),
        b"hello <script>alert(1)</script>".to_vec(),
        begins(b"GIF89a"),
        begins(b"RIFF\0\0\0\0WEBPVP8 "),
        begins(b"MZ"),
        begins(b"\x7fELF"),
        begins(b"OggS"),
        begins(b"PK\x03\x04"),
        zip(&["_rels/.rels", "word/document.xml", "word/vbaProject.bin", "[Content_Types].xml"]),
        b"#!/bin/sh\nrm -rf /\n".to_vec(),
        b"words and a \0".to_vec(),
        b"\xff\xfe\x00".to_vec(),
        Vec::new(),
    ] {
        let shown = String::from_utf8_lossy(&content[..content.len().min(40)]).into_owned();
        let refused = take("photo.png", content).map(|taken| taken.content_type);
        assert!(matches!(refused, Err(Error::Invalid(_))), "{shown}: {refused:?}");
    }
}

#[test]
fn limits_are_by_kind() {
    let mut photo = begins(b"\x89PNG\r\n\x1a\n");
    photo.resize(LARGEST_IMAGE, 0);
    assert!(take("x.png", photo.clone()).is_ok());
    photo.push(0);
    assert!(matches!(take("x.png", photo), Err(Error::TooLarge(says)) if says.contains("5 MB")));
    let mut document = b"%PDF-1.7".to_vec();
    document.resize(LARGEST, 0);
    assert!(take("x.pdf", document.clone()).is_ok());
    document.push(0);
    assert!(matches!(take("x.pdf", document), Err(Error::TooLarge(says)) if says.contains("16 MB")));
}

#[test]
fn names_lead_nowhere_and_end_as_what_the_file_is() {
    for (given, kept) in [
        ("photo.png", "photo.png"),
        ("Foto für Zoë.PNG", "Foto für Zoë.PNG"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("photo.svg", "photo.svg.png"),
        ("photo.png.exe", "photo.png.exe.png"),
        ("photo\u{202e}gnp.exe", "photognp.exe.png"),
        ("a\r\nSet-Cookie: x=y.png", "aSet-Cookie x=y.png"),
        ("\"><img src=x>.png", "img src=x.png"),
        ("", "file.png"),
        (".png", "png.png"),
        ("...", "file.png"),
        ("a/", "file.png"),
    ] {
        assert_eq!(name(given), kept, "{given:?}");
    }
    assert!(name(&"é".repeat(500)).chars().count() <= LONGEST_NAME);
    assert!(name(&format!("{}.png", "x".repeat(500))).ends_with(".png"));
}
