//! Numbers that do not reach whoever reads JSON as it is usually read: into 64-bit floats (RFC 8259, section 6). They are sent
//! digit by digit, and told.

use std::{borrow::Cow, cmp::Ordering};

use super::{
    schema::decimal,
    sendable::{Chosen, field},
};
use crate::findings::{Finding, Reason};

/// So many digits every float keeps (`f64::DIGITS`); shorter numbers without an exponent need no look.
const SURE: usize = 15;

/// Tells of metadata with such numbers; of several under one key, of the first.
pub(super) fn tell<'a>(chosen: &Chosen<'a>, findings: &mut Vec<Finding<'a>>) {
    for (key, text) in chosen {
        match text.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') if is_sure(text.as_bytes()) => {}
            Some(b'-' | b'0'..=b'9') => {
                if let Some(read) = read_as(text) {
                    findings.push(finding(field(key), text.clone(), &read));
                }
            }
            Some(b'{' | b'[') if text.len() > SURE => {
                if let Some((number, read)) = first_in(text) {
                    findings.push(finding(field(key), number.to_owned(), &read));
                }
            }
            _ => {}
        }
    }
}

/// Whether there is nothing to tell of a value.
pub(super) fn are_exact(json: &str) -> bool {
    match json.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => is_sure(json.as_bytes()),
        Some(b'{' | b'[') => json.len() <= SURE || first_in(json).is_none(),
        _ => true,
    }
}

/// The same as [`tell`] of one value that text was read as.
pub(super) fn rounded<'a>(field: String, json: impl Into<Cow<'a, str>>) -> Option<Finding<'a>> {
    let number = json.into();
    let is_number = number.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let read = if is_number && !is_sure(number.as_bytes()) { read_as(&number) } else { None };
    read.map(|read| finding(field, number, &read))
}

fn finding<'a>(field: String, number: impl Into<Cow<'a, str>>, read: &str) -> Finding<'a> {
    let message = format!("it is sent as it is, and read as {read} by whoever reads numbers as 64-bit floats");
    Finding::new(Reason::InexactNumber, field, number, message)
}

fn is_sure(number: &[u8]) -> bool {
    number.len() <= SURE && !number.iter().any(|byte| matches!(byte, b'e' | b'E'))
}

/// What a reader takes for the number, where that is another one; of what is too large JavaScript makes null when it writes it.
fn read_as(number: &str) -> Option<String> {
    let float: f64 = number.parse().ok()?;
    if !float.is_finite() {
        return Some("no number at all".into());
    }
    // The shortest digits that mean this float and no other.
    let shortest = format!("{float:e}");
    let is_same = decimal::compare(number, &shortest).is_none_or(Ordering::is_eq);
    let is_long = float != 0.0 && !(1e-7..1e21).contains(&float.abs());
    (!is_same).then(|| if is_long { shortest } else { float.to_string() })
}

/// The first such number in an object or an array.
fn first_in(json: &str) -> Option<(&str, String)> {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let begin = at;
        at += 1;
        match byte {
            b'"' => {
                while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
                    .count();
                let number = json.get(begin..at).filter(|number| !is_sure(number.as_bytes()));
                if let Some((number, read)) = number.and_then(|number| Some((number, read_as(number)?))) {
                    return Some((number, read));
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_a_float_does_not_hold_is_told_with_what_it_becomes() {
        let long = "7".repeat(400);
        for (number, read) in [
            ("1e400", Some("no number at all")),
            ("-1E+999", Some("no number at all")),
            (&*long, Some("no number at all")),
            ("12345678901234567890", Some("12345678901234567000")),
            ("9007199254740993", Some("9007199254740992")),
            ("-9007199254740993", Some("-9007199254740992")),
            ("1e-400", Some("0")),
            ("0.1234567890123456789", Some("0.12345678901234568")),
            ("1234567890123456789012345", Some("1.2345678901234568e24")),
            ("9007199254740992", None),
            ("0.1", None),
            ("0.30000000000000004", None),
            ("100000000000000000000", None),
            ("1e5", None),
            ("1.50E1", None),
            ("-0", None),
            ("0e9", None),
            ("1.7976931348623157e308", None),
            ("5e-324", None),
            ("0.1000000000000000000000", None),
        ] {
            assert_eq!(read_as(number).as_deref(), read, "{number}");
            if read.is_some() {
                assert!(!is_sure(number.as_bytes()), "{number}");
            }
        }
    }

    #[test]
    fn it_is_found_in_objects_and_not_in_texts() {
        for (json, found) in [
            (r#"{"a":{"b":[1,2,1e999]}}"#, Some("1e999")),
            ("[12345678901234567890,1e999]", Some("12345678901234567890")),
            (r#"{"12345678901234567890":"9e999","\"\\":"\\\"1e999"}"#, None),
            (r#"{"a":1,"b":-2.5e3,"c":[true,null,"x"]}"#, None),
            (r#"["1234567890123456789",9007199254740993]"#, Some("9007199254740993")),
        ] {
            assert_eq!(first_in(json).map(|(number, _)| number), found, "{json}");
        }
    }
}
