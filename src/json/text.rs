//! Texts without quotes and escapes, and what is done about an escape that is half a character.
//!
//! JSON lets a text hold one half of a surrogate pair (`\ud83d` alone): what is left of an emoji where somebody cut a text
//! by its length in JavaScript or Java. No text of Unicode can hold it, and readers refuse it: U+FFFD stands in its place.

use std::borrow::Cow;

use super::{Malformed, plain::plain_prefix};

/// A text without its quotes and escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a> {
    /// The text itself, unescaped and mended.
    pub text: Cow<'a, str>,
    /// Whether U+FFFD stands in it for half a character.
    pub mended: bool,
}

impl<'a> Text<'a> {
    /// The text of a JSON string; `None` of anything else.
    #[must_use]
    pub fn of(json: &'a str) -> Option<Self> {
        let inner = json.strip_prefix('"')?.strip_suffix('"')?;
        // Nothing but an escape can end it earlier, and most texts are too short for a search to pay.
        if plain_prefix(inner.as_bytes()) == inner.len() {
            return Some(Self { text: inner.into(), mended: false });
        }
        if let Ok(text) = serde_json::from_str::<String>(json) {
            return Some(Self { text: text.into(), mended: false });
        }
        let text = serde_json::from_str::<String>(&mended(json)?).ok()?;
        Some(Self { text: text.into(), mended: true })
    }
}

/// JSON with U+FFFD for each escape that is half a character; `None` where there is none, so that it is right as it is.
#[must_use]
pub fn mended(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let (mut output, mut copied, mut at) = (String::new(), 0, 0);
    // Backslashes stand nowhere but in texts, where each begins an escape.
    while let Some(found) = memchr::memchr(b'\\', bytes.get(at..).unwrap_or_default()) {
        let begin = at + found;
        let Some(unit) = unit(bytes, begin) else {
            at = begin + 2;
            continue;
        };
        at = begin + ESCAPE;
        match unit {
            0xD800..=0xDBFF if matches!(self::unit(bytes, at), Some(0xDC00..=0xDFFF)) => at += ESCAPE,
            0xD800..=0xDFFF => {
                output.push_str(&json[copied..begin]);
                output.push_str("\\ufffd");
                copied = at;
            }
            _ => {}
        }
    }
    if copied == 0 {
        return None;
    }
    output.push_str(&json[copied..]);
    Some(output)
}

/// How many bytes an escape takes.
pub(super) fn escape(bytes: &[u8]) -> Result<usize, Malformed> {
    match bytes.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
        Some(b'u') if bytes.get(2..6).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => Ok(6),
        _ => Err(Malformed),
    }
}

/// Bytes of an escape such as `\u00e9`.
const ESCAPE: usize = 6;

/// The unit of UTF-16 that an escape at a place stands for; `None` where another escape or none is.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_is_replaced_and_nothing_else() {
        for (json, expected) in [
            (r#""a\ud83d""#, Some(r#""a\ufffd""#)),
            (r#""\uDE00b""#, Some(r#""\ufffdb""#)),
            (r#""\ud83d\ude00""#, None),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\ude00\ud83d""#, Some(r#""\ufffd\ufffd""#)),
            (r#""\\ud83d""#, None),
            (r#""\\\ud83d""#, Some(r#""\\\ufffd""#)),
            (r#""\ud83d\n""#, Some(r#""\ufffd\n""#)),
            (r#"{"k\udabc":[1.50,"\udc00","é\u00e9"]}"#, Some(r#"{"k\ufffd":[1.50,"\ufffd","é\u00e9"]}"#)),
            ("\"\u{fffd}\"", None),
            ("17", None),
        ] {
            assert_eq!(mended(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn texts_are_read_with_and_without_escapes() {
        let text = |json| Text::of(json).map(|text| (text.text.into_owned(), text.mended));
        assert_eq!(text(r#""""#), Some((String::new(), false)));
        assert_eq!(text(r#""a\"b""#), Some(("a\"b".into(), false)));
        assert_eq!(text(r#""a\ud83d b\n""#), Some(("a\u{fffd} b\n".into(), true)));
        assert_eq!(text("\"\u{fffd}\""), Some(("\u{fffd}".into(), false)));
        assert_eq!(text("7"), None);
        assert_eq!(text("\""), None);
    }

    proptest::proptest! {
        #[test]
        fn what_was_mended_is_right_and_has_as_many_units(units in proptest::collection::vec(0xD700_u16..0xE100, 0..12)) {
            let escapes = units.iter().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
            let text = Text::of(&format!("\"{escapes}\"")).map(|text| text.text.into_owned());
            proptest::prop_assert_eq!(text, Some(String::from_utf16_lossy(&units)));
        }
    }
}
