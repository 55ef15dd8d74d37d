//! Customers of a batch as they are written, each known by where it begins: whoever looks for a few of them reads no other.

use std::{borrow::Cow, path::Path};

use crate::{
    batches::{
        manifest::Batch,
        reader::{content, is_listed, no_batch},
    },
    failure::Failure,
    json::{Malformed, Room, Scanner},
};
use serde::Deserialize;

/// How a customer begins whose id is written without escapes; `source_id` is the first of all fields.
const BEGIN: &str = "{\"source_id\":\"";

/// The JSON of a batch.
#[derive(Debug)]
pub(super) struct Written {
    name: String,
    json: String,
}

/// One of its customers.
#[derive(Debug)]
pub(super) struct Customer<'a> {
    /// The byte at which it begins.
    pub(super) at: usize,
    pub(super) source_id: Cow<'a, str>,
    pub(super) json: &'a str,
}

#[derive(Deserialize)]
struct Identity<'a> {
    #[serde(borrow)]
    source_id: Cow<'a, str>,
}

impl Written {
    /// Reads a batch, and insists that it is the one that the manifest lists.
    pub(super) fn read(folder: &Path, batch: &Batch) -> Result<Self, Failure> {
        let written = Self::again(folder, batch)?;
        is_listed(folder, batch, written.json.as_bytes())?;
        Ok(written)
    }

    /// Reads a batch once more that was right before.
    pub(super) fn again(folder: &Path, batch: &Batch) -> Result<Self, Failure> {
        let json = String::from_utf8(content(folder, batch)?).map_err(|error| no_batch(&batch.file, error))?;
        Ok(Self { name: batch.file.clone(), json })
    }

    /// All customers, in order.
    pub(super) fn customers(&self) -> Result<Vec<Customer<'_>>, Failure> {
        let mut all = Vec::new();
        let mut scanner = Scanner::marking(&self.json, Room::default());
        let walked = scanner.array(|scanner| {
            all.push(scanner.value()?);
            Ok(())
        });
        walked.and_then(|()| scanner.end()).map_err(|Malformed| self.broken())?;
        let begin = self.json.as_ptr().addr();
        all.into_iter().map(|json| self.customer(json.as_ptr().addr() - begin, json)).collect()
    }

    /// The customer that begins at this byte.
    pub(super) fn at(&self, at: usize) -> Result<Customer<'_>, Failure> {
        let json = Scanner::new(self.json.get(at..).unwrap_or_default()).value();
        self.customer(at, json.map_err(|Malformed| self.broken())?)
    }

    fn broken(&self) -> Failure {
        no_batch(&self.name, "it is no JSON array")
    }

    fn customer<'a>(&self, at: usize, json: &'a str) -> Result<Customer<'a>, Failure> {
        let plain = json.strip_prefix(BEGIN).and_then(|rest| {
            let end = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
            (rest.as_bytes()[end] == b'"').then(|| &rest[..end])
        });
        let source_id = match plain {
            Some(id) => Cow::Borrowed(id),
            None => serde_json::from_str::<Identity<'_>>(json).map_err(|error| no_batch(&self.name, error))?.source_id,
        };
        Ok(Customer { at, source_id, json })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_where_it_begins() {
        let json = r#"[{"source_id":"a","name":"x"}, {"name":"[{\"y\"","source_id":"b\u00e9"},{"source_id":"\"c","n":{"source_id":"d"}}]"#;
        let written = Written { name: "batch".into(), json: json.into() };
        let all = written.customers().unwrap();
        let ids: Vec<&str> = all.iter().map(|customer| &*customer.source_id).collect();
        assert_eq!(ids, ["a", "bé", "\"c"]);
        for customer in &all {
            let again = written.at(customer.at).unwrap();
            assert_eq!((again.json, &again.source_id), (customer.json, &customer.source_id));
        }
        assert!(written.at(1_000).is_err());
        for wrong in ["{}", "[1]", "[{\"name\":\"x\"}]", "[{\"source_id\":\"a\"}"] {
            assert!(Written { name: "batch".into(), json: wrong.into() }.customers().is_err(), "{wrong}");
        }
    }
}
