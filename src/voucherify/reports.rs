//! The report of a finished action: a file elsewhere, whose form and host are not documented (docs/api-facts.md C3).

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, Read, Seek},
};

use serde_json::Value;

use super::{
    Voucherify,
    files::{Keys, NotFetched},
};
use crate::{gzip::Records, json::holds_more_values};

/// Largest report in JSON, which is held in memory; tables are read row by row.
const MOST_JSON: u64 = 64 << 20;
/// Most values in it: what is built of it takes some fifty bytes a value, however small that is.
const MOST_VALUES: usize = 1_000_000;

/// What a report says of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The customer, by `source_id`.
    pub source_id: String,
    /// Whether there was one with that id before.
    pub found: Option<bool>,
    /// Whether it was written.
    pub updated: Option<bool>,
}

/// Why there is no report, in words; it is an extra, and nothing stops for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable(pub String);

impl Voucherify {
    /// Fetches a report, and gives what it says of those whom `wanted` takes, once each.
    ///
    /// # Errors
    /// A report that has expired, cannot be reached, is at a host that is not the API's, or is of a form that nobody
    /// knows.
    pub async fn report(&self, address: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<ReportRow>, Unavailable> {
        // The server has nothing to do with it, so it is said whoever wants the report.
        let disk = |error: std::io::Error| {
            tracing::warn!("a report cannot be kept on this machine: {error}");
            Unavailable(format!("it cannot be kept: {error}"))
        };
        let mut file = tempfile::tempfile().map_err(disk)?;
        self.fetch(address, Keys::Vendors, &mut file).await.map_err(|error| match error {
            NotFetched::Expired => Unavailable("its host answered 401".into()),
            NotFetched::Because(words) => Unavailable(words),
        })?;
        file.rewind().map_err(disk)?;
        rows(file, wanted).ok_or_else(|| Unavailable("its form is not known".into()))
    }
}

/// Reads a report: CSV with these columns among others, or JSON with these members.
pub(super) fn rows(file: File, wanted: impl Fn(&str) -> bool) -> Option<Vec<ReportRow>> {
    let mut text = BufReader::new(file);
    let start = text.fill_buf().ok()?;
    let mark = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    text.consume(mark);
    loop {
        let start = text.fill_buf().ok()?;
        let blank = start.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let json = start.get(blank).map(|byte| matches!(byte, b'[' | b'{'));
        text.consume(blank);
        let mut by_id = HashMap::new();
        let mut keep = |row: ReportRow| {
            if wanted(&row.source_id) {
                by_id.insert(row.source_id.clone(), row);
            }
        };
        match json {
            None if blank == 0 => return None,
            None => continue,
            Some(true) => of_json_text(text, &mut keep)?,
            Some(false) => of_csv(text, &mut keep)?,
        }
        return Some(by_id.into_values().collect());
    }
}

fn of_csv(mut text: BufReader<File>, keep: &mut impl FnMut(ReportRow)) -> Option<()> {
    let head = text.fill_buf().ok()?;
    let separator = if head.split(|byte| *byte == b'\n').next()?.contains(&b';') { b';' } else { b',' };
    let mut table = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(Records::new(text));
    let headers = table.headers().ok()?.clone();
    let column = |name: &str| headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name));
    let source_id = column("source_id").or_else(|| column("sourceid"))?;
    let (found, updated) = (column("found"), column("updated"));
    found.or(updated)?;
    let mut record = csv::StringRecord::new();
    loop {
        match table.read_record(&mut record) {
            Ok(false) => return Some(()),
            Ok(true) => {}
            Err(error) if error.is_io_error() => return None,
            // A line that is torn says nothing; the others do.
            Err(_) => continue,
        }
        let word = |column: Option<usize>| record.get(column?).and_then(truth);
        if let Some(id) = record.get(source_id).filter(|id| !id.is_empty()) {
            keep(ReportRow { source_id: id.to_owned(), found: word(found), updated: word(updated) });
        }
    }
}

/// An array, an object with one, or an object a line.
fn of_json_text(text: BufReader<File>, keep: &mut impl FnMut(ReportRow)) -> Option<()> {
    let mut json = Vec::new();
    text.take(MOST_JSON).read_to_end(&mut json).ok()?;
    if holds_more_values(&json, MOST_VALUES) {
        return None;
    }
    let values: Vec<Value> = serde_json::Deserializer::from_slice(&json).into_iter().map_while(Result::ok).collect();
    let rows: Vec<ReportRow> = match &values[..] {
        [Value::Array(elements)] => elements.iter().filter_map(ReportRow::of_json).collect(),
        [Value::Object(members)] if !members.contains_key("source_id") => {
            members.values().filter_map(Value::as_array).flatten().filter_map(ReportRow::of_json).collect()
        }
        lines => lines.iter().filter_map(ReportRow::of_json).collect(),
    };
    if rows.is_empty() {
        return None;
    }
    rows.into_iter().for_each(keep);
    Some(())
}

fn truth(word: &str) -> Option<bool> {
    match word.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

impl ReportRow {
    /// Reads a row that is an object.
    pub(super) fn of_json(row: &Value) -> Option<Self> {
        let word = |name: &str| row[name].as_bool().or_else(|| row[name].as_str().and_then(truth));
        let source_id = row["source_id"].as_str()?.to_owned();
        Some(Self { source_id, found: word("found"), updated: word("updated") })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(text: &str) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn reports_are_read_in_whatever_form_they_come() {
        let expected = [("a", Some(false), Some(true)), ("b;1", Some(true), Some(false)), ("c", None, Some(true))];
        for text in [
            "source_id,found,updated\na,false,true\nb;1,true,false\nc,,true\n",
            "\u{feff}Found,Updated,Note,Source_id\r\nfalse,TRUE,x,a\r\ntrue,no,y,b;1\r\n?,1,,c\r\n",
            "source_id;found;updated\na;0;1\n\"b;1\";1;0\nc;;1\n",
            r#"[{"source_id":"a","found":false,"updated":true},{"source_id":"b;1","found":true,"updated":false},{"source_id":"c","updated":"true"}]"#,
            r#"{"results":[{"source_id":"a","found":"false","updated":true},{"source_id":"b;1","found":true,"updated":false},{"source_id":"c","updated":true}]}"#,
            "{\"source_id\":\"a\",\"found\":false,\"updated\":true}\n{\"source_id\":\"b;1\",\"found\":true,\"updated\":false}\n{\"source_id\":\"c\",\"updated\":true}",
        ] {
            let mut rows = rows(file(text), |_| true).unwrap();
            rows.sort_by(|one, other| one.source_id.cmp(&other.source_id));
            let found: Vec<_> = rows.iter().map(|row| (row.source_id.as_str(), row.found, row.updated)).collect();
            assert_eq!(found, expected, "{text}");
        }
        for nothing in
            ["", "<html><body>expired</body></html>", "source_id,name\na,b\n", "found,updated\n1,1\n", "{}", "[1]"]
        {
            assert_eq!(rows(file(nothing), |_| true), None, "{nothing}");
        }
    }

    #[test]
    fn of_a_report_with_more_values_than_memory_is_for_nothing_is_built() {
        let of = |values: usize| format!(r#"[{{"source_id":"a","updated":true,"x":[1{}]}}]"#, ",1".repeat(values));
        assert_eq!(rows(file(&of(900_000)), |_| true).map(|rows| rows.len()), Some(1));
        assert_eq!(rows(file(&of(1_000_000)), |_| true), None);
    }

    #[test]
    fn only_those_who_are_wanted_are_kept_and_each_once() {
        let text = "source_id,found,updated\na,true,true\nb,true,true\na,false,true\nstranger,true,true\n";
        let rows = rows(file(text), |id| id == "a").unwrap();
        assert_eq!(rows, [ReportRow { source_id: "a".into(), found: Some(false), updated: Some(true) }]);
    }
}
