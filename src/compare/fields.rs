//! One customer as it was sent against what the project holds of it, field by field.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};

use super::columns::{Columns, FIELDS, Metadata};

/// What is to be said of one field; nothing is said of one that is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldFinding {
    /// `name`, `address.city`, `metadata.key`, …
    pub(super) field: String,
    /// What is held, where that is known and another than what was sent.
    pub(super) verdict: FieldVerdict,
}

/// What came of comparing one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FieldVerdict {
    /// The project holds something else.
    Differs {
        /// What was sent, as text; JSON where it is no text.
        sent: String,
        /// What is held.
        held: String,
    },
    /// What the project holds cannot be seen here.
    NotCheckable,
}

/// What came of comparing one customer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Fields that are the same.
    pub(super) same: u64,
    /// The others.
    pub(super) findings: Vec<FieldFinding>,
}

impl Comparison {
    fn note(&mut self, field: String, sent: &Value, held: &Held<'_>) {
        match held.compare(sent) {
            Some(true) => self.same += 1,
            Some(false) => {
                let verdict = FieldVerdict::Differs { sent: shown(sent), held: held.shown() };
                self.findings.push(FieldFinding { field, verdict });
            }
            None => self.findings.push(FieldFinding { field, verdict: FieldVerdict::NotCheckable }),
        }
    }

    /// Whether a field holds something else.
    pub(super) fn differs(&self) -> bool {
        self.findings.iter().any(|finding| finding.verdict != FieldVerdict::NotCheckable)
    }
}

/// What is held in the place of a field.
enum Held<'a> {
    /// A cell of an export: nothing tells an empty text from none.
    Cell(&'a str),
    /// A member of JSON, if it is there.
    Json(Option<&'a Value>),
    /// It cannot be seen.
    Hidden,
}

impl Held<'_> {
    /// Whether it is what was sent; nothing where that cannot be told.
    fn compare(&self, sent: &Value) -> Option<bool> {
        match self {
            Self::Hidden => None,
            Self::Json(held) => Some(same_json(sent, held.unwrap_or(&Value::Null))),
            Self::Cell(cell) => match sent {
                Value::Null => Some(cell.is_empty()),
                Value::String(text) => Some(same_text(text, cell)),
                Value::Bool(sent) => Some(cell.trim().eq_ignore_ascii_case(if *sent { "true" } else { "false" })),
                Value::Number(number) => Some(same_number(&number.to_string(), cell.trim())),
                Value::Array(_) => serde_json::from_str(cell).ok().map(|held: Value| same_json(sent, &held)),
                // How the vendor writes what is nested is not known: only what is plainly the same is.
                Value::Object(_) => {
                    serde_json::from_str(cell).is_ok_and(|held: Value| same_json(sent, &held)).then_some(true)
                }
            },
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Cell(cell) => (*cell).to_owned(),
            Self::Json(held) => held.map(shown).unwrap_or_default(),
            Self::Hidden => String::new(),
        }
    }
}

/// Compares a customer with the cells of its row.
pub(super) fn with_row(customer: &Map<String, Value>, cells: &[&str], columns: &Columns) -> Comparison {
    let mut comparison = Comparison::default();
    let cell = |field: &str| columns.cell(cells, field);
    let held = |field: &str| cell(field).map_or(Held::Hidden, Held::Cell);
    for (name, value) in customer {
        match (name.as_str(), value) {
            ("source_id", _) => {}
            ("address", Value::Object(members)) => {
                for (member, value) in members {
                    comparison.note(format!("address.{member}"), value, &held(&format!("address_{member}")));
                }
            }
            ("address", _) => {
                let parts = FIELDS.iter().filter(|field| field.starts_with("address_"));
                for (field, cell) in parts.filter_map(|field| Some((field, cell(field)?))) {
                    let member = field.trim_start_matches("address_");
                    comparison.note(format!("address.{member}"), &Value::Null, &Held::Cell(cell));
                }
            }
            ("metadata", Value::Object(members)) => metadata(&mut comparison, members, cells, columns),
            (name, value) => comparison.note(name.to_owned(), value, &held(name)),
        }
    }
    comparison
}

fn metadata(comparison: &mut Comparison, members: &Map<String, Value>, cells: &[&str], columns: &Columns) {
    let rest = columns.metadata_cells(cells);
    let object: Option<Map<String, Value>> = match (&columns.metadata, rest) {
        (Metadata::Cell(_), [""]) => Some(Map::new()),
        (Metadata::Cell(_), [cell]) => serde_json::from_str(cell).ok(),
        _ => None,
    };
    for (key, value) in members {
        let held = match (&columns.metadata, &object) {
            (Metadata::Keys(keys), _) => {
                let place = keys.iter().position(|defined| defined == key);
                place.and_then(|place| rest.get(place)).map_or(Held::Hidden, |cell| Held::Cell(cell))
            }
            // Keys that no schema defines are not exported.
            (Metadata::Cell(defined), Some(object)) if object.contains_key(key) || defined.contains(key) => {
                Held::Json(object.get(key))
            }
            _ => Held::Hidden,
        };
        comparison.note(format!("metadata.{key}"), value, &held);
    }
}

/// Compares a customer with the API's JSON of it, which shows everything.
pub(super) fn with_json(customer: &Map<String, Value>, held: &Map<String, Value>) -> Comparison {
    let mut comparison = Comparison::default();
    for (name, value) in customer {
        match (name.as_str(), value) {
            ("source_id", _) => {}
            ("address" | "metadata", Value::Object(members)) => {
                for (member, value) in members {
                    let found = held.get(name).and_then(|object| object.get(member));
                    comparison.note(format!("{name}.{member}"), value, &Held::Json(found));
                }
            }
            // Whether it is kept at all is not documented (docs/api-facts.md C1).
            ("system_metadata", value) if !held.contains_key(name) => {
                comparison.note(name.to_owned(), value, &Held::Hidden);
            }
            (name, value) => comparison.note(name.to_owned(), value, &Held::Json(held.get(name))),
        }
    }
    comparison
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Equal texts, and texts that are the same moment or day written in other ways.
fn same_text(sent: &str, held: &str) -> bool {
    if sent == held {
        return true;
    }
    let day = || NaiveDate::parse_from_str(sent, "%Y-%m-%d").ok();
    let midnight = |text: &str| text.starts_with("T00:00:00");
    match (moment(sent), moment(held)) {
        (Some(sent), Some(held)) => sent == held,
        (None, Some(_)) => day().is_some() && held.strip_prefix(sent).is_some_and(midnight),
        _ => false,
    }
}

/// A moment in the forms of the API and its clients.
#[must_use]
pub fn moment(text: &str) -> Option<DateTime<chrono::FixedOffset>> {
    DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")).ok()
}

/// Whether two values say the same, in whatever way they are written.
#[must_use]
pub fn same(one: &Value, other: &Value) -> bool {
    same_json(one, other)
}

/// The fields of a customer that a row shows, and that hold something else than was sent.
#[must_use]
pub fn fields_unlike(customer: &Map<String, Value>, cells: &[&str], columns: &Columns) -> BTreeSet<String> {
    let findings = with_row(customer, cells, columns).findings.into_iter();
    findings.filter(|finding| finding.verdict != FieldVerdict::NotCheckable).map(|finding| finding.field).collect()
}

fn same_json(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => same_number(&one.to_string(), &other.to_string()),
        (Value::String(one), Value::String(other)) => same_text(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_json(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let found = |(name, value): (&String, &Value)| other.get(name).is_some_and(|it| same_json(value, it));
            one.len() == other.len() && one.iter().all(found)
        }
        (one, other) => one == other,
    }
}

/// Equal numbers, however they are written: `2`, `2.00`, `20e-1`.
fn same_number(one: &str, other: &str) -> bool {
    one == other || decimal(one).is_some_and(|one| decimal(other) == Some(one))
}

/// Sign, significant digits and the power of ten of the last one.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = i64::try_from(digits.len() - digits.trim_end_matches('0').len()).ok()?;
    let power = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
    Some((negative, significant.to_owned(), power))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(pairs: &[(&str, &str)], rest: &[&'static str]) -> Vec<String> {
        let cell = |field: &&str| pairs.iter().find(|(name, _)| name == field).map_or("", |(_, cell)| cell).to_owned();
        FIELDS[..15].iter().map(cell).chain(rest.iter().map(|cell| (*cell).to_owned())).collect()
    }

    #[test]
    fn every_kind_of_value_is_held_against_its_cell() {
        for (sent, cell, expected) in [
            (json!("Ann"), "Ann", Some(true)),
            (json!("Ann"), "Ann ", Some(false)),
            (json!("Ann"), "", Some(false)),
            (json!(null), "", Some(true)),
            (json!(null), "Ann", Some(false)),
            (json!("1990-02-28"), "1990-02-28", Some(true)),
            (json!("1990-02-28"), "1990-02-28T00:00:00.000Z", Some(true)),
            (json!("1990-02-28"), "1990-02-27T23:00:00.000Z", Some(false)),
            (json!("2020-01-01T01:00:00+01:00"), "2020-01-01T00:00:00.000000+0000", Some(true)),
            (json!("2020-01-01T01:00:00Z"), "2020-01-01T00:00:00Z", Some(false)),
            (json!(2), "2.00", Some(true)),
            (json!(2.5), "25e-1", Some(true)),
            (json!(-0.0), "0", Some(true)),
            (json!(2), "3", Some(false)),
            (json!(2), "two", Some(false)),
            (json!(true), "TRUE", Some(true)),
            (json!(false), "true", Some(false)),
            (json!(["a", 1]), r#"["a",1.0]"#, Some(true)),
            (json!(["a"]), r#"["b"]"#, Some(false)),
            (json!(["a"]), "a", None),
            (json!({"b": 1}), r#"{"b":1}"#, Some(true)),
            (json!({"b": 1}), r#"{"b":2}"#, None),
            (json!({"b": 1}), "[object Object]", None),
        ] {
            assert_eq!(Held::Cell(cell).compare(&sent), expected, "{sent} {cell}");
        }
        let huge: Value = serde_json::from_str("12345678901234567890123456789").unwrap();
        assert_eq!(Held::Cell("12345678901234567890123456780").compare(&huge), Some(false), "digits are not lost");
    }

    #[test]
    fn a_customer_is_compared_wherever_its_row_can_show_it() {
        let customer = json!({"source_id": "u", "name": "Ann", "phone": null, "address": {"city": "Bath", "floor": "2"},
            "metadata": {"tier": "gold", "free": 1}, "system_metadata": {"source": "segmentio"}});
        let cells = row(&[("name", "Ann"), ("phone", "1"), ("address_city", "Rome")], &["silver"]);
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let columns = |metadata| Columns { fields: &FIELDS, width: 16, ids_are_labelled: true, metadata };
        let found = with_row(customer.as_object().unwrap(), &cells, &columns(Metadata::Keys(vec!["tier".into()])));
        let told: Vec<String> = found
            .findings
            .iter()
            .map(|finding| match &finding.verdict {
                FieldVerdict::Differs { sent, held } => format!("{}: {sent} -> {held}", finding.field),
                FieldVerdict::NotCheckable => format!("{}?", finding.field),
            })
            .collect();
        let expected = [
            "phone: null -> 1",
            "address.city: Bath -> Rome",
            "address.floor?",
            "metadata.tier: gold -> silver",
            "metadata.free?",
            "system_metadata?",
        ];
        assert_eq!((told.iter().map(String::as_str).collect::<Vec<_>>(), found.same), (expected.to_vec(), 1));
        let cells = row(&[("name", "Ann")], &[r#"{"tier":"gold"}"#]);
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let sent = json!({"name": "Ann", "metadata": {"tier": "gold", "free": 1}, "address": null});
        let found = with_row(sent.as_object().unwrap(), &cells, &columns(Metadata::Cell(vec!["tier".into()])));
        assert_eq!((found.same, found.findings.len(), found.differs()), (8, 1, false));
        let held = json!({"name": "Ann", "metadata": {"tier": "gold", "free": 2}, "address": {"city": "Bath"}});
        let found = with_json(sent.as_object().unwrap(), held.as_object().unwrap());
        let fields: Vec<&str> = found.findings.iter().map(|finding| finding.field.as_str()).collect();
        assert_eq!((found.same, fields), (2, vec!["metadata.free", "address"]));
    }
}
