//! Whether what a cell holds can be a correction at all: spreadsheets leave errors, formulas and rounded numbers behind,
//! which nobody meant (docs/formats.md, Corrections).

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::{
    mapping::birthdate,
    tables::{Cell, LONGEST_CELL, is_cut, original},
};

/// What Excel and its relatives put into a cell that they cannot compute, but for those that end with `!` or `?`.
const ERRORS: [&str; 10] =
    ["#N/A", "#NV", "#N/D", "#N/V", "#Н/Д", "#I/T", "#SAKNAS", "#PUUTTUU", "#GETTING_DATA", "#BRAK"];

/// A whole number of more than this has digits that no spreadsheet keeps.
const EXACT: f64 = 1e15;

/// So many digits of a number a spreadsheet keeps.
const EXACT_DIGITS: usize = 15;

/// What is applied; the inner error says why the value cannot be a correction. `None` where nothing is filled in.
pub(super) fn of(field: &str, cell: Cell<'_>) -> Option<Result<String, String>> {
    Some(match cell {
        Cell::Empty => return None,
        Cell::Written(text) | Cell::Text(text) | Cell::Error(text) if text.trim().is_empty() => return None,
        Cell::Written(text) => written(field, text),
        // In a column of text a formula stays text, whoever typed it.
        Cell::Text(text) if text.trim().starts_with('=') => Err(formula(text.trim())),
        Cell::Text(text) => typed(field, original(text)).map(|text| without_apostrophe(&text).to_owned()),
        Cell::Number(number) => numeric(field, number),
        // As every program writes the cell into a CSV; what was typed may be a word of another language.
        Cell::Bool(value) if field.starts_with("metadata.") => Ok(if value { "TRUE" } else { "FALSE" }.to_owned()),
        Cell::Bool(value) => Err(format!(
            "the cell holds the boolean {value}, and this field is text: format the column as text and write it again"
        )),
        Cell::Date(text) if is_date(field) => dated(text),
        Cell::Date(text) => {
            Err(format!("the cell holds the date {text}, and this field is none: format the column as text"))
        }
        Cell::Error(text) => Err(error(text)),
        Cell::Formula(text) => Err(formula(text)),
        Cell::Odd(why) => Err(why.to_owned()),
    })
}

/// A cell of a CSV, in which an apostrophe in front says that the rest is meant as it is written.
fn written(field: &str, cell: &str) -> Result<String, String> {
    let text = original(cell);
    let text = if text.len() < cell.len() {
        text
    } else if without_apostrophe(text).len() < text.len() {
        without_apostrophe(text)
    } else if text.trim().starts_with('=') {
        return Err(formula(text.trim()));
    } else if is_scientific(text.trim()) && (!field.starts_with("metadata.") || is_rounded(text.trim())) {
        return Err(format!(
            "`{}`: the spreadsheet rounded it; format the column as text and write the digits",
            text.trim()
        ));
    } else if let Some(why) = counted(field, text.trim()) {
        return Err(why);
    } else {
        text
    };
    typed(field, text)
}

/// What a program did to an id or a phone that it took for a number, where that shows: digits beyond the fifteenth that are all
/// zeros, as spreadsheets leave them, and the fraction that a column with gaps gets.
fn counted(field: &str, text: &str) -> Option<String> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.trim_start_matches(['+', '-']);
    if digits(unsigned) && unsigned.len() > EXACT_DIGITS && unsigned.bytes().skip(EXACT_DIGITS).all(|byte| byte == b'0')
    {
        return Some(format!(
            "`{text}`: a spreadsheet rounds a number of more than {EXACT_DIGITS} digits to such a one; format the column as text \
             and write the digits, or an apostrophe in front where these are meant"
        ));
    }
    let whole = unsigned.strip_suffix(".0").filter(|whole| digits(whole) && matches!(field, "source_id" | "phone"))?;
    Some(format!(
        "`{text}` is how programs write {whole} where they take a column with gaps for numbers, and zeros in front may be lost: \
         write it as it is meant, or an apostrophe in front where this is"
    ))
}

/// Text that was typed as text.
fn typed(field: &str, text: &str) -> Result<String, String> {
    let trimmed = text.trim();
    if is_error(trimmed) {
        return Err(error(trimmed));
    }
    if trimmed.eq_ignore_ascii_case("null") || trimmed == "\\N" {
        return Err(format!("`{trimmed}` is no value: write one, or leave the cell empty"));
    }
    if let Some(why) = damage(field, text) {
        return Err(why);
    }
    if field.split('.').any(|part| part == "__proto__") {
        return Err(format!("`{trimmed}`: a field `__proto__` is never sent"));
    }
    if is_date(field) { dated(trimmed) } else { Ok(text.to_owned()) }
}

/// Whether a text has what Miller writes into a TSV for line breaks, tabs and backslashes.
pub(super) fn is_escaped(text: &str) -> bool {
    ["\\n", "\\t", "\\r", "\\\\"].iter().any(|escape| text.contains(escape))
}

/// Why such a text is no correction.
pub(super) fn escaped(text: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    format!(
        "`{shown}`: split by tabs, a backslash may stand for a line break or a tab (so Miller writes them) or for itself: save \
         the sheet as CSV"
    )
}

/// What a program did to a text on its way.
fn damage(field: &str, text: &str) -> Option<String> {
    if is_cut(text) {
        return Some(
            "it was cut where a spreadsheet's cell ends: write the whole value into a sheet of `--csv plain`".into(),
        );
    }
    if text.len() >= LONGEST_CELL && text.encode_utf16().count() == LONGEST_CELL {
        return Some(format!(
            "it has the {LONGEST_CELL} characters that a spreadsheet's cell takes, so that its end may be missing: write it \
             into a sheet by a program that keeps it"
        ));
    }
    let text = text.trim();
    let (date, time) = text.split_once([' ', 'T'])?;
    if ["1899-12-30", "1899-12-31", "1900-01-00"].contains(&date) && is_clock(time) {
        return Some(format!("`{text}` is how programs that know no times write {time}: write it as it is meant"));
    }
    let other = !is_date(field) && !field.starts_with("metadata.");
    (other && is_clock(time) && plain_date(text).is_some())
        .then(|| format!("`{text}` is how programs write a cell that they took for a date: format the column as text"))
}

/// `09:30:00`
fn is_clock(text: &str) -> bool {
    text.contains(':') && text.chars().all(|character| character.is_ascii_digit() || ":.".contains(character))
}

/// `LibreOffice` keeps the apostrophe of `'01234` where the column is text already.
fn without_apostrophe(text: &str) -> &str {
    let meant =
        |rest: &&str| rest.starts_with(|character: char| character.is_ascii_digit() || "+-=@".contains(character));
    text.strip_prefix('\'').filter(meant).unwrap_or(text)
}

fn error(text: &str) -> String {
    format!("`{}` is what a spreadsheet shows where it cannot compute a cell: write the value itself", text.trim())
}

fn formula(text: &str) -> String {
    format!("`{text}` is a formula: write the value itself")
}

fn is_error(text: &str) -> bool {
    let Some(name) = text.strip_prefix('#') else {
        // LibreOffice, `Err:502`.
        return text
            .strip_prefix("Err:")
            .is_some_and(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()));
    };
    let shaped = |name: &str| {
        name.chars()
            .all(|character| character.is_uppercase() || character.is_ascii_digit() || "/_¡¿".contains(character))
    };
    name.chars().all(|character| character == '#')
        || ERRORS.contains(&text)
        || name.strip_suffix(['!', '?']).is_some_and(|name| !name.is_empty() && shaped(name))
}

/// `1e5`, `1,2E+19`
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text: &'_ str| text.strip_prefix(['+', '-']).map_or(text.to_owned(), str::to_owned);
    let (mantissa, exponent) = (unsigned(mantissa), unsigned(exponent));
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((&mantissa, "0"));
    digits(whole) && digits(fraction) && digits(&exponent)
}

/// As spreadsheets write what is too long for a cell: `1.23457E+19`.
fn is_rounded(text: &str) -> bool {
    let exponent = text.split_once('E').map_or("", |(_, exponent)| exponent);
    exponent.starts_with(['+', '-']) && exponent.len() >= 3
}

/// A number as a cell of a workbook holds it.
fn numeric(field: &str, number: f64) -> Result<String, String> {
    let rounded = |number: f64| number.fract() == 0.0 && number.abs() >= EXACT;
    if !number.is_finite() || rounded(number) {
        return Err(format!("{number}: the spreadsheet rounded it; format the column as text and write the digits"));
    }
    match field {
        "phone" => Err(format!(
            "the cell holds the number {number}: a plus and zeros in front may be lost; format the column as text and write \
             the phone as it is"
        )),
        _ if is_date(field) => Err(format!("the cell holds the number {number}: write the date as `1990-02-28`")),
        _ => Ok(number.to_string()),
    }
}

fn is_date(field: &str) -> bool {
    field == "birthdate"
}

/// `Y-M-D` and `Y/M/D`, with or without zeros in front and midnight; else what the mapping takes for a date.
fn dated(text: &str) -> Result<String, String> {
    let plain = plain_date(text).map_or(Cow::Borrowed(text), |date| Cow::Owned(date.to_string()));
    match birthdate::parse(&plain) {
        Some(_) => Ok(plain.into_owned()),
        None => Err(format!("`{text}` is no date that everybody reads alike: write it as `1990-02-28`")),
    }
}

fn plain_date(text: &str) -> Option<NaiveDate> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let time = time.trim_end_matches('Z');
    let midnight = time.is_empty() || time.contains(':') && time.chars().all(|character| "0:.".contains(character));
    let delimiter = ['-', '/'].into_iter().find(|delimiter| date.contains(*delimiter))?;
    let parts: Vec<&str> = date.split(delimiter).collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    match parts.as_slice() {
        [year, month, day]
            if midnight && year.len() == 4 && month.len() <= 2 && day.len() <= 2 && parts.iter().all(digits) =>
        {
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        }
        _ => None,
    }
}

/// The text that a table of corrections has, so that it is read as the same correction again.
pub(super) fn again<'v>(field: &str, value: &'v str) -> Cow<'v, str> {
    match written(field, value) {
        Ok(read) if read == value => Cow::Borrowed(value),
        _ => Cow::Owned(format!("'{value}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_left_behind_is_no_correction() {
        for (field, text) in [
            ("name", "#N/A"),
            ("name", "#REF!"),
            ("name", "#NAME?"),
            ("email", "#VALUE!"),
            ("name", "#DIV/0!"),
            ("name", "#NUM!"),
            ("name", "#NULL!"),
            ("name", "#SPILL!"),
            ("name", "#NV"),
            ("name", "#BEZUG!"),
            ("name", "#¡VALOR!"),
            ("name", "#ДЕЛ/0!"),
            ("name", "Err:502"),
            ("name", "#"),
            ("name", "######"),
            ("name", "'#N/A"),
            ("name", "=A1"),
            ("name", " =SUM(A1:A2)"),
            ("name", "\\N"),
            ("name", "null"),
            ("metadata.points", "NULL"),
            ("metadata.__proto__", "x"),
            ("metadata.a.__proto__", "x"),
            ("source_id", "1e5"),
            ("phone", "4.47912E+11"),
            ("source_id", "1,23457E+19"),
            ("metadata.id", "1.23457E+19"),
            ("source_id", "1234567890123460"),
            ("source_id", "12345678901234500000"),
            ("phone", "+447946095800000000"),
            ("metadata.account", "9007199254740990"),
            ("source_id", "7.0"),
            ("phone", "4479460958.0"),
            ("birthdate", "31.12.1990"),
            ("birthdate", "12/31/1990"),
            ("birthdate", "1990-02-30"),
            ("birthdate", "33282"),
        ] {
            let judged = of(field, Cell::Written(text)).unwrap();
            assert!(judged.is_err(), "{field} {text}: {judged:?}");
        }
        for cell in [
            Cell::Number(1.234_567_890_123_45e19),
            Cell::Date("1990-02-28"),
            Cell::Error("#N/A"),
            Cell::Formula("=A1"),
            Cell::Text("=A1"),
            Cell::Text(" =B2&C2"),
            Cell::Odd("nobody computed it"),
        ] {
            assert!(of("source_id", cell).unwrap().is_err(), "{cell:?}");
        }
        assert_eq!(of("name", Cell::Text("'=A1")), Some(Ok("=A1".into())));
        assert!(of("phone", Cell::Number(491_701_234.0)).unwrap().unwrap_err().contains("format the column as text"));
    }

    #[test]
    fn what_a_person_meant_is_applied() {
        for (field, text, value) in [
            ("source_id", "007", "007"),
            ("source_id", "'007", "007"),
            ("source_id", "'1e5", "1e5"),
            ("source_id", "1e", "1e"),
            ("metadata.factor", "1e5", "1e5"),
            ("source_id", "12345678901234567890", "12345678901234567890"),
            ("source_id", "123456789012340", "123456789012340"),
            ("source_id", "'1234567890123460", "1234567890123460"),
            ("source_id", "'7.0", "7.0"),
            ("source_id", "7.01", "7.01"),
            ("source_id", "v7.0", "v7.0"),
            ("metadata.share", "7.0", "7.0"),
            ("name", "'=A", "=A"),
            ("name", "'s-Hertogenbosch", "'s-Hertogenbosch"),
            ("name", "'5 High Street", "5 High Street"),
            ("name", "#hashtag", "#hashtag"),
            ("name", "Null Island", "Null Island"),
            ("name", "NA", "NA"),
            ("phone", "+49 30 23125 017", "+49 30 23125 017"),
            ("birthdate", "1990/2/8", "1990-02-08"),
            ("birthdate", "1990-2-8", "1990-02-08"),
            ("birthdate", "1990-02-28 00:00:00", "1990-02-28"),
            ("birthdate", "1990-02-28T00:00:00.000Z", "1990-02-28"),
            ("birthdate", "1990-02-28T23:10:00Z", "1990-02-28T23:10:00Z"),
        ] {
            assert_eq!(of(field, Cell::Written(text)), Some(Ok(value.to_owned())), "{field} {text}");
            assert_eq!(of(field, Cell::Written(&again(field, value))), Some(Ok(value.to_owned())), "{field} {text}");
        }
        for (field, cell, value) in [
            ("source_id", Cell::Number(7.0), "7"),
            ("metadata.share", Cell::Number(0.5), "0.5"),
            ("source_id", Cell::Text("1e5"), "1e5"),
            ("source_id", Cell::Text("'007"), "007"),
            ("metadata.vip", Cell::Bool(true), "TRUE"),
            ("birthdate", Cell::Date("1990-02-28"), "1990-02-28"),
        ] {
            assert_eq!(of(field, cell), Some(Ok(value.to_owned())));
        }
        for cell in [Cell::Empty, Cell::Written("  "), Cell::Text("\u{a0}")] {
            assert_eq!(of("name", cell), None);
        }
    }
}
