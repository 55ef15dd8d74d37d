//! The tables `[[skip]]`: profiles that are not meant to come over, such as those of testers.

use serde::Deserialize;

use super::{Path, metadata::PatternText};

/// One rule: a profile whose value at the path passes the test is skipped.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "SkipTable")]
pub(in crate::mapping) struct Skip {
    pub(in crate::mapping) path: Path,
    pub(in crate::mapping) test: Test,
}

/// What a value must be for its profile to be skipped; of a list, one of its items is enough.
#[derive(Debug, Clone)]
pub(in crate::mapping) enum Test {
    /// One of these texts; numbers and booleans as they are written.
    Among(Vec<String>),
    /// A text that a glob matches.
    Matches(PatternText),
    /// Any value, or none at all.
    Exists(bool),
}

/// A rule as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SkipTable {
    path: Path,
    equals: Option<Scalar>,
    #[serde(rename = "in")]
    among: Option<Vec<Scalar>>,
    matches: Option<PatternText>,
    exists: Option<bool>,
}

/// A text, a number or a boolean.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a text, a number or a boolean")]
enum Scalar {
    Text(String),
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Boolean(flag) => flag.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Decimal(number) => number.to_string(),
        }
    }
}

impl TryFrom<SkipTable> for Skip {
    type Error = &'static str;

    fn try_from(table: SkipTable) -> Result<Self, &'static str> {
        let tests = [
            table.equals.map(|scalar| Test::Among(vec![scalar.text()])),
            table.among.map(|scalars| Test::Among(scalars.into_iter().map(Scalar::text).collect())),
            table.matches.map(Test::Matches),
            table.exists.map(Test::Exists),
        ];
        let mut tests = tests.into_iter().flatten();
        match (tests.next(), tests.next()) {
            (Some(test), None) => Ok(Self { path: table.path, test }),
            (None, _) => Err("a `[[skip]]` needs one of `equals`, `in`, `matches` and `exists`"),
            (Some(_), Some(_)) => Err("a `[[skip]]` has only one of `equals`, `in`, `matches` and `exists`"),
        }
    }
}
