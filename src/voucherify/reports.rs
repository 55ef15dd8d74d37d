//! The report of a finished action: a file elsewhere, whose form and host are not documented (docs/api-facts.md C3).

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use reqwest::{
    Method,
    header::{HeaderMap, LOCATION},
};
use serde_json::Value;
use url::{Host, Url};

use super::{POLICY, Voucherify};
use crate::http::{Call, policy::Policy};

/// Where a report is may be told by another address, so often.
const MOST_REDIRECTS: usize = 4;

const REPORT_POLICY: Policy = Policy { attempts: 3, backoff: Duration::from_millis(200), ..POLICY };

/// What a report says of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The customer.
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
    /// Fetches a report. Keys go to the API's own address and to the vendor's hosts only.
    ///
    /// # Errors
    /// A report that has expired, cannot be reached, or is of a form that nobody knows.
    pub async fn report(&self, address: &str) -> Result<Vec<ReportRow>, Unavailable> {
        let no_url = |error: url::ParseError| Unavailable(format!("`{address}` is no address: {error}"));
        let mut url = self.api_url.join(address).map_err(no_url)?;
        for _ in 0..MOST_REDIRECTS {
            if !is_private(&url) {
                return Err(Unavailable("its address is not `https://`, and it holds personal data".into()));
            }
            let headers = if may_see_keys(&self.api_url, &url) { self.headers.clone() } else { HeaderMap::new() };
            let call = Call { method: Method::GET, url: url.clone(), headers, body: None, policy: REPORT_POLICY };
            let answer = self.transport.send(&call).await;
            let tries = answer.as_ref().map_or_else(|error| error.attempts, |reply| reply.attempts);
            self.downloads.fetch_add(tries.into(), Relaxed);
            let reply = answer.map_err(|error| Unavailable(error.to_string()))?;
            match reply.status.as_u16() {
                200..=299 => {
                    return rows(&reply.body).ok_or_else(|| Unavailable("its form is not known".into()));
                }
                300..=399 => {
                    let place = reply.headers.get(LOCATION).and_then(|place| place.to_str().ok());
                    let place = place.ok_or_else(|| Unavailable("it is elsewhere, and nobody says where".into()))?;
                    url = url.join(place).map_err(no_url)?;
                }
                status => return Err(Unavailable(format!("its host answered {status}"))),
            }
        }
        Err(Unavailable("its address leads from one to another".into()))
    }
}

/// Over the network only in secret.
fn is_private(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

/// The API itself, or a host of the vendor.
fn may_see_keys(api: &Url, url: &Url) -> bool {
    let vendors = || url.domain().is_some_and(|name| name == "voucherify.io" || name.ends_with(".voucherify.io"));
    url.origin() == api.origin() || (url.scheme() == "https" && vendors())
}

/// Reads a report: CSV with these columns among others, or JSON with these members.
fn rows(body: &[u8]) -> Option<Vec<ReportRow>> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    match text.first() {
        Some(b'[' | b'{') => of_json_text(text),
        _ => of_csv(text),
    }
}

fn of_csv(text: &[u8]) -> Option<Vec<ReportRow>> {
    let separator = if text.split(|byte| *byte == b'\n').next()?.contains(&b';') { b';' } else { b',' };
    let mut table = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text);
    let headers = table.headers().ok()?.clone();
    let column = |name: &str| headers.iter().position(|header| header.trim().eq_ignore_ascii_case(name));
    let source_id = column("source_id").or_else(|| column("sourceid"))?;
    let (found, updated) = (column("found"), column("updated"));
    found.or(updated)?;
    let row = |record: csv::StringRecord| {
        let word = |column: Option<usize>| record.get(column?).and_then(truth);
        let source_id = record.get(source_id).filter(|id| !id.is_empty())?.to_owned();
        Some(ReportRow { source_id, found: word(found), updated: word(updated) })
    };
    // A line that is torn says nothing; the others do.
    Some(table.records().filter_map(Result::ok).filter_map(row).collect())
}

/// An array, an object with one, or an object a line.
fn of_json_text(text: &[u8]) -> Option<Vec<ReportRow>> {
    let values: Vec<Value> = serde_json::Deserializer::from_slice(text).into_iter().filter_map(Result::ok).collect();
    let rows: Vec<ReportRow> = match &values[..] {
        [Value::Array(elements)] => elements.iter().filter_map(ReportRow::of_json).collect(),
        [Value::Object(members)] if !members.contains_key("source_id") => {
            members.values().filter_map(Value::as_array).flatten().filter_map(ReportRow::of_json).collect()
        }
        lines => lines.iter().filter_map(ReportRow::of_json).collect(),
    };
    (!rows.is_empty()).then_some(rows)
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
    use super::*;

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
            let rows = rows(text.as_bytes()).unwrap();
            let found: Vec<_> = rows.iter().map(|row| (row.source_id.as_str(), row.found, row.updated)).collect();
            assert_eq!(found, expected, "{text}");
        }
        for nothing in
            ["", "<html><body>expired</body></html>", "source_id,name\na,b\n", "found,updated\n1,1\n", "{}", "[1]"]
        {
            assert_eq!(rows(nothing.as_bytes()), None, "{nothing}");
        }
    }

    #[test]
    fn keys_go_to_the_api_and_its_vendor_only() {
        let api = Url::parse("https://us1.api.voucherify.io").unwrap();
        for (address, keys, fetched) in [
            ("https://us1.api.voucherify.io/v1/reports/1", true, true),
            ("https://us1.download.voucherify.io/x?token=1", true, true),
            ("http://download.voucherify.io/x", false, false),
            ("https://voucherify.io.example.com/x", false, true),
            ("https://notvoucherify.io/x", false, true),
            ("https://us1.api.voucherify.io@example.com/x", false, true),
            ("https://s3.amazonaws.com/x", false, true),
            ("http://s3.amazonaws.com/x", false, false),
            ("http://127.0.0.1:9/x", false, true),
            ("ftp://us1.api.voucherify.io/x", false, false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!((may_see_keys(&api, &url), is_private(&url)), (keys, fetched), "{address}");
        }
        let here = Url::parse("http://127.0.0.1:8080").unwrap();
        for (address, keys) in [("http://127.0.0.1:8080/r", true), ("http://127.0.0.1:8081/r", false)] {
            assert_eq!(may_see_keys(&here, &Url::parse(address).unwrap()), keys, "{address}");
        }
    }
}
