//! What the values of one trait have in common: types, distinct values, the longest, and a few examples without the
//! person in them.

use cardinality_estimator::CardinalityEstimator;
use serde::Serialize;

/// Examples kept of a trait.
const EXAMPLES: usize = 3;
/// Longest example, in characters.
const EXAMPLE_LENGTH: usize = 24;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// Text that is none of the following.
    Text,
    /// Text of the form `YYYY-MM-DD`.
    Date,
    /// Text of the form `YYYY-MM-DDThh:mm…`.
    DateTime,
    /// A number, with its digits as written.
    Number,
    /// A boolean: `true` or `false`.
    Boolean,
    /// An object; its members are looked at on their own.
    Object,
    /// A list in brackets, whatever it holds.
    Array,
    /// Null, or text without anything but white space: no value.
    Blank,
}

impl Kind {
    /// One word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// All kinds, in their order.
    const ALL: [Self; 8] =
        [Self::Text, Self::Date, Self::DateTime, Self::Number, Self::Boolean, Self::Object, Self::Array, Self::Blank];

    /// What a value is, as it is written in JSON.
    pub(super) fn of(raw: &str) -> Self {
        match raw.as_bytes().first() {
            Some(b'"') => Self::of_text(inner(raw)),
            Some(b'{') => Self::Object,
            Some(b'[') => Self::Array,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'n') | None => Self::Blank,
            Some(_) => Self::Number,
        }
    }

    fn of_text(text: &str) -> Self {
        let bytes = text.as_bytes();
        let dated = bytes.len() >= 10
            && bytes[..10].iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        match bytes.get(10) {
            None if dated => Self::Date,
            Some(b'T' | b't' | b' ') if dated => Self::DateTime,
            _ if bytes.first().is_none_or(|byte| !byte.is_ascii_graphic()) && text.trim().is_empty() => Self::Blank,
            _ => Self::Text,
        }
    }
}

/// What the values of one trait have in common.
#[derive(Debug, Default)]
pub struct Values {
    /// Values of each kind, in the order of [`Kind::ALL`].
    counts: [u64; Kind::ALL.len()],
    /// Characters of the longest value.
    pub longest: u64,
    /// The first examples that look different, with every letter and digit masked.
    pub examples: Vec<String>,
    distinct: CardinalityEstimator<str>,
}

impl Values {
    /// How many values there were of a kind.
    #[must_use]
    pub fn of_kind(&self, kind: Kind) -> u64 {
        self.counts[kind as usize]
    }

    /// The kinds of which there were values, blanks left out.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(|kind| *kind != Kind::Blank && self.of_kind(*kind) > 0)
    }

    /// Profiles that have a value.
    #[must_use]
    pub fn present(&self) -> u64 {
        self.kinds().map(|kind| self.of_kind(kind)).sum()
    }

    /// Distinct values; an estimate, within a few per cent.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        (self.distinct.estimate() as u64).min(self.present())
    }

    /// Takes one value, as it is written in JSON.
    pub(super) fn add(&mut self, raw: &str) -> Kind {
        let kind = Kind::of(raw);
        self.counts[kind as usize] += 1;
        if kind != Kind::Blank {
            self.distinct.insert(raw);
            // Nearly all have fewer bytes than the longest has characters.
            if inner(raw).len() as u64 > self.longest {
                self.longest = self.longest.max(length(raw));
            }
            if self.examples.len() < EXAMPLES {
                match kind {
                    // It is told by its members.
                    Kind::Object => {}
                    Kind::Boolean if self.examples.iter().any(|example| example == raw) => {}
                    Kind::Boolean => self.example(raw.to_owned()),
                    // Most look like one that came before.
                    _ if !raw.contains('\\') && self.examples.iter().any(|example| looks_like(inner(raw), example)) => {
                    }
                    _ => self.example(mask(&shown(raw))),
                }
            }
        }
        kind
    }

    /// Takes what was seen later.
    pub(super) fn merge(&mut self, later: &Self) {
        for (ours, theirs) in self.counts.iter_mut().zip(later.counts) {
            *ours += theirs;
        }
        self.distinct.merge(&later.distinct);
        self.longest = self.longest.max(later.longest);
        later.examples.iter().for_each(|example| self.example(example.clone()));
    }

    fn example(&mut self, example: String) {
        if self.examples.len() < EXAMPLES && !self.examples.contains(&example) {
            self.examples.push(example);
        }
    }
}

/// What is between the quotes of a text, as it is written; anything else as it is.
fn inner(raw: &str) -> &str {
    raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw)
}

/// Characters of a value: of a text without its quotes and escapes, of anything else as it is written.
fn length(raw: &str) -> u64 {
    let characters = match (raw.starts_with('"'), raw.contains('\\')) {
        (false, _) => raw.chars().count(),
        (true, false) => raw.chars().count() - 2,
        (true, true) => shown(raw).chars().count(),
    };
    characters as u64
}

/// A text without its quotes and escapes, anything else as it is written.
fn shown(raw: &str) -> String {
    serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned())
}

/// The shape of a value without the value: `ada@example.com` becomes `aaa@aaaaaaa.aaa`, `+44 20` becomes `+99 99`.
fn mask(text: &str) -> String {
    masked(text).collect()
}

/// Whether that is the shape of a value.
fn looks_like(text: &str, example: &str) -> bool {
    masked(text).eq(example.chars())
}

fn masked(text: &str) -> impl Iterator<Item = char> {
    let masked = text.chars().map(|each| match each {
        '0'..='9' => '9',
        'a'..='z' => 'a',
        'A'..='Z' => 'A',
        each if each.is_numeric() => '9',
        each if each.is_uppercase() => 'A',
        each if each.is_alphabetic() => 'a',
        each if each.is_control() => ' ',
        each => each,
    });
    let is_cut = text.len() > EXAMPLE_LENGTH && text.chars().nth(EXAMPLE_LENGTH).is_some();
    masked.take(EXAMPLE_LENGTH).chain(is_cut.then_some('…'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_form() {
        let kinds = [
            (r#""gold""#, Kind::Text),
            (r#""1815-12-10""#, Kind::Date),
            (r#""1815-12-10T08:00:00Z""#, Kind::DateTime),
            (r#""1815-12-101""#, Kind::Text),
            (r#""  ""#, Kind::Blank),
            (r#""""#, Kind::Blank),
            ("null", Kind::Blank),
            ("-1.5e3", Kind::Number),
            ("true", Kind::Boolean),
            ("[1]", Kind::Array),
            (r#"{"a":1}"#, Kind::Object),
        ];
        for (raw, kind) in kinds {
            assert_eq!(Kind::of(raw), kind, "{raw}");
        }
    }

    #[test]
    fn an_example_has_the_shape_and_not_the_person() {
        assert_eq!(mask("Ada.Lovelace+1@example.com"), "Aaa.Aaaaaaaa+9@aaaaaaa.a…");
        assert_eq!(mask("Gödel 王 ٣"), "Aaaaa a 9");
        for text in ["Ada.Lovelace+1@example.com", "Gödel 王 ٣", "", "123456789012345678901234", "\u{7}"] {
            assert!(looks_like(text, &mask(text)), "{text}");
            assert!(!looks_like(&format!("{text}x"), &mask(text)) || text.len() > EXAMPLE_LENGTH, "{text}");
        }
    }

    #[test]
    fn values_are_counted_the_same_in_one_part_or_in_many() {
        let raws = [r#""a b""#, r#""a b""#, "12", "null", r#""\u0041\n""#, r#""Zoë""#];
        let mut one = Values::default();
        for raw in raws {
            one.add(raw);
        }
        let mut many = Values::default();
        for raw in raws {
            let mut part = Values::default();
            part.add(raw);
            many.merge(&part);
        }
        for values in [&one, &many] {
            assert_eq!((values.present(), values.distinct(), values.longest), (5, 4, 3));
            assert_eq!(values.examples, ["a a", "99", "A "]);
        }
    }
}
