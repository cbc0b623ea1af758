//! JSON as Baton's two halves say it to each other: answers of server functions, what pages begin with, frames.
//!
//! The server reads with `serde_json`. The browser reads with `serde-json-core`: it takes structs as maps alone and words no
//! errors, which leaves out a quarter of the WebAssembly that reads (what it refuses, [`Unreadable`] says as well).
//! It reads nothing whose type is found out while reading, and no maps but structs: enums that travel are tagged by their
//! variant's name alone, and what is known by a key travels as a list of pairs.

use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What server functions take and answer, in the body of a `POST`.
pub type Json = Post<Encoding>;

/// Writes and reads it.
#[derive(Clone, Copy, Debug)]
pub struct Encoding;

/// A text that is not JSON, or not of the expected shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cannot be read")]
pub struct Unreadable;

/// Reads a value from the whole of a text.
///
/// # Errors
/// When it is not JSON of that shape.
pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Unreadable> {
    #[cfg(feature = "ssr")]
    return serde_json::from_slice(text).map_err(|_| Unreadable);
    #[cfg(not(feature = "ssr"))]
    as_browser(text)
}

/// [`read`] as the browser does it, for tests of the server, too.
///
/// # Errors
/// As [`read`].
pub fn as_browser<T: DeserializeOwned>(text: &[u8]) -> Result<T, Unreadable> {
    // No string is longer than all.
    let mut unescaped = vec![0; if text.contains(&b'\\') { text.len() } else { 0 }];
    serde_json_core::from_slice_escaped(text, &mut unescaped).map(|(value, _)| value).map_err(|_| Unreadable)
}

impl ContentType for Encoding {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Encoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Encoding {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Encoding {
    type Error = Unreadable;

    fn decode(bytes: Bytes) -> Result<T, Unreadable> {
        read(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{as_browser, read};
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};
    use std::fmt::Debug;

    /// Every form in which something travels.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Form {
        Unit,
        #[serde(rename = "a \"name\"")]
        One(Option<i64>),
        Two(bool, u8),
        Fields {
            text: String,
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            list: Vec<Form>,
        },
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Whole {
        nothing: (),
        forms: Vec<Form>,
        #[serde(default)]
        missing: Option<String>,
        pairs: Vec<(String, (i64, f64))>,
        letter: char,
        id: domain::ChatId,
        at: Option<domain::Timestamp>,
        more: Result<u64, String>,
    }

    fn form() -> impl Strategy<Value = Form> {
        let leaf = prop_oneof![
            Just(Form::Unit),
            any::<Option<i64>>().prop_map(Form::One),
            any::<(bool, u8)>().prop_map(|(a, b)| Form::Two(a, b)),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            (any::<String>(), prop::collection::vec(inner, 0..4)).prop_map(|(text, list)| Form::Fields { text, list })
        })
    }

    fn whole() -> impl Strategy<Value = Whole> {
        let parts = (
            prop::collection::vec(form(), 0..6),
            any::<Option<String>>(),
            prop::collection::vec((any::<String>(), (any::<i64>(), -1e15..1e15)), 0..4),
            any::<char>(),
            any::<u128>(),
            prop::option::of(0_i64..4_102_444_800_000_000),
            prop::result::maybe_ok(any::<u64>(), any::<String>()),
        );
        parts.prop_map(|(forms, missing, pairs, letter, id, at, more)| Whole {
            nothing: (),
            forms,
            missing,
            pairs,
            letter,
            id: domain::ChatId(uuid::Uuid::from_u128(id)),
            at: at.and_then(chrono::DateTime::from_timestamp_micros),
            more,
        })
    }

    fn same<T: Serialize + for<'a> Deserialize<'a> + PartialEq + Debug>(value: &T) {
        let text = serde_json::to_vec(value).unwrap();
        assert_eq!(as_browser::<T>(&text).as_ref(), Ok(value), "{}", String::from_utf8_lossy(&text));
    }

    proptest! {
        #[test]
        fn the_browser_reads_whatever_the_server_writes(value in whole()) {
            same(&value);
        }

        #[test]
        fn the_browser_reads_any_text_as_it_was_said(text in any::<Vec<char>>()) {
            same(&text.into_iter().collect::<String>());
        }

        #[test]
        fn what_is_cut_off_or_not_json_is_refused(value in whole(), at in any::<prop::sample::Index>()) {
            let text = serde_json::to_vec(&value).unwrap();
            prop_assert!(as_browser::<Whole>(&text[..at.index(text.len())]).is_err());
            prop_assert!(as_browser::<Whole>(&[text.as_slice(), b"]"].concat()).is_err());
        }
    }

    #[test]
    fn settings_are_read() {
        same(&domain::setting::Settings::default());
    }

    #[test]
    fn a_newer_server_may_say_more_and_a_wrong_shape_is_refused() {
        let text = br#"{"later":[1,{"x":"]}"}],"Fields":null}"#;
        assert!(as_browser::<Form>(text).is_err());
        let text = br#"{"Fields": {"later": [1, {"x": "]}\""}, null, -2.5e3], "text": "a\u00e9\n", "then": true}}"#;
        let form = Form::Fields { text: "aé\n".into(), list: Vec::new() };
        assert_eq!(as_browser::<Form>(text), Ok(form.clone()));
        assert_eq!(read::<Form>(text), Ok(form));
        for wrong in [r#""Other""#, r#"{"Two":[true]}"#, r#"{"Two":[true,256]}"#, r#"{"One":"1"}"#, "", "null", "[]"] {
            assert!(as_browser::<Form>(wrong.as_bytes()).is_err(), "{wrong}");
            assert!(read::<Form>(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
