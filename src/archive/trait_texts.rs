//! What the text of a trait stands for, where an engine left it as text: the engine escapes, this decides.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// How texts are to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextsAre {
    /// A text that is JSON (RFC 8259) stands for that value, digit by digit; any other is a string.
    #[default]
    Json,
    /// Only the text of an object or an array stands for its value; any other is a string.
    Plain,
}

/// What the texts in `trait_texts` stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Values {
    /// JSON where strings have their quotation marks, else plain text: decided once, by the first 10,000 lines
    #[default]
    Auto,
    /// JSON: a text that is JSON stands for its value, any other is a string
    Json,
    /// Only texts of objects and arrays stand for their values
    Plain,
}

impl Values {
    /// What was said, unless it is to be told from the texts.
    #[must_use]
    pub fn said(self) -> Option<TextsAre> {
        match self {
            Self::Auto => None,
            Self::Json => Some(TextsAre::Json),
            Self::Plain => Some(TextsAre::Plain),
        }
    }
}

/// What a sample of texts tells about how they are to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextEvidence {
    /// Texts that are a whole JSON string with its quotation marks: so strings are stored as JSON.
    pub quoted: u64,
    /// Texts that are no JSON at all: so strings are stored bare.
    pub bare: u64,
}

impl TextEvidence {
    /// Takes one text into account. Numbers, objects and the like look the same either way and tell nothing.
    pub fn see(&mut self, text: &str) {
        match json_value(text) {
            Some(value) if value.starts_with('"') => self.quoted = self.quoted.saturating_add(1),
            Some(_) => {}
            None if text.trim().is_empty() => {}
            None => self.bare = self.bare.saturating_add(1),
        }
    }

    /// How texts are to be read by this evidence; quoted strings outweigh bare ones, and no evidence is for JSON.
    #[must_use]
    pub fn verdict(self) -> TextsAre {
        if self.quoted == 0 && self.bare > 0 { TextsAre::Plain } else { TextsAre::Json }
    }

    /// Whether it speaks for both at once, which the user should hear of.
    #[must_use]
    pub fn is_mixed(self) -> bool {
        self.quoted > 0 && self.bare > 0
    }
}

impl TextsAre {
    /// The word for it on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Plain => "plain",
        }
    }

    /// Appends the JSON value that `text` stands for; a JSON null is no trait, and then nothing is appended.
    ///
    /// Says whether there was a value.
    pub fn append(self, text: &str, line: &mut Vec<u8>) -> bool {
        let value = json_value(text).filter(|value| self == Self::Json || value.starts_with(['{', '[']));
        match value {
            Some("null") => return false,
            // A line break in JSON stands between tokens, and would end the line.
            Some(value) => {
                line.extend(value.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
            }
            None => append_string(text, line),
        }
        true
    }
}

/// Appends `text` as a JSON string.
pub fn append_string(text: &str, line: &mut Vec<u8>) {
    // A text in memory is always written.
    let _ = serde_json::to_writer(line, text);
}

/// The JSON value that is all of `text`, without the white space around it.
fn json_value(text: &str) -> Option<&str> {
    serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: TextsAre, text: &str) -> Option<String> {
        let mut line = Vec::new();
        texts.append(text, &mut line).then(|| String::from_utf8(line).unwrap())
    }

    #[test]
    fn a_text_that_is_json_stands_for_its_value_digit_by_digit() {
        let cases = [
            ("42", "42"),
            ("12345678901234567890", "12345678901234567890"),
            ("1e5", "1e5"),
            ("-0", "-0"),
            (" 1.10 ", "1.10"),
            (r#""gold""#, r#""gold""#),
            (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":2}"#),
            (r#""\ud83d""#, r#""\ud83d""#),
            ("true", "true"),
            // What is no JSON is a text, whatever it begins with.
            ("gold", r#""gold""#),
            ("12 Main Street", r#""12 Main Street""#),
            ("true story", r#""true story""#),
            ("007", r#""007""#),
            ("NaN", r#""NaN""#),
            ("[1,]", r#""[1,]""#),
            ("", r#""""#),
            ("a\nb\"c\\", r#""a\nb\"c\\""#),
        ];
        for (text, value) in cases {
            assert_eq!(read(TextsAre::Json, text).as_deref(), Some(value), "{text}");
        }
        assert_eq!(read(TextsAre::Json, "null"), None);
    }

    #[test]
    fn of_plain_texts_only_objects_and_arrays_are_more() {
        let cases = [
            ("42", r#""42""#),
            ("true", r#""true""#),
            ("null", r#""null""#),
            (r#""gold""#, r#""\"gold\"""#),
            (r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            ("[1, 2]", "[1, 2]"),
            ("{broken", r#""{broken""#),
        ];
        for (text, value) in cases {
            assert_eq!(read(TextsAre::Plain, text).as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn a_value_over_several_lines_is_written_on_one() {
        assert_eq!(read(TextsAre::Json, "{\r\n \"a\": 1\n}").as_deref(), Some("{   \"a\": 1 }"));
        assert_eq!(read(TextsAre::Plain, "[\n]\n").as_deref(), Some("[ ]"));
    }

    #[test]
    fn quoted_strings_speak_for_json_and_bare_ones_for_plain() {
        let evidence = |texts: &[&str]| {
            let mut evidence = TextEvidence::default();
            for text in texts {
                evidence.see(text);
            }
            (evidence.verdict(), evidence.is_mixed())
        };
        assert_eq!(evidence(&[r#""gold""#, "1"]), (TextsAre::Json, false));
        assert_eq!(evidence(&["gold", "1", "{}"]), (TextsAre::Plain, false));
        assert_eq!(evidence(&["1", "true", "{}", " "]), (TextsAre::Json, false));
        assert_eq!(evidence(&["gold", r#""gold""#]), (TextsAre::Json, true));
    }
}
