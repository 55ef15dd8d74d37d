//! Where a profile went after the mapping: rows of tables, a place in a batch, and what each target answered.

use std::{
    ops::ControlFlow,
    path::Path,
    sync::{Mutex, PoisonError},
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{search::SearchedFor, trace::Noticed};
use crate::{
    batches::{
        manifest::{Batch, BatchesManifest, Table},
        origins::{self, OriginRow},
        reader,
    },
    failure::Failure,
    findings::{self, FindingRow},
    invocation::Status,
    json::{Malformed, Scanner},
    receipts::{CustomerFate, Receipt, Refusal, Target},
};

/// A customer's place in a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// File name of the batch.
    pub batch: String,
    /// SHA-256 of its JSON.
    pub sha256: String,
    /// Which of its customers, counted from 1.
    pub position: u64,
    /// Customers in the batch.
    pub customers: u64,
    /// The customer as it is sent.
    pub customer: Value,
    /// Where it comes from.
    pub origin: Option<Origin>,
}

/// A line of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Segment's id of the profile.
    pub segment_id: String,
    /// File of the archive.
    pub file: String,
    /// Line in that file, counted from 1.
    pub line: u64,
}

/// What a target says of one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Answer {
    /// Its batch was not sent there.
    NotSent,
    /// Its batch was accepted and is not finished.
    Submitted {
        /// The server's handle on the work.
        action: String,
    },
    /// It took the customer.
    Taken {
        /// When that was learned.
        at: String,
    },
    /// It refused the customer.
    Refused {
        /// Its words.
        words: String,
    },
    /// Some customers of the batch were refused, or nothing is known of them, and nobody said which.
    Unknown,
}

/// The rows of a table that are about a person, in which a text stands; none where the table is gone, which `status --checksums` tells.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(
    folder: &Path,
    table: &Table,
    text: &SearchedFor<'_>,
    about: impl Fn(&FindingRow<'_>) -> bool,
) -> Result<Vec<FindingRow<'static>>, Failure> {
    let (path, mut rows) = (folder.join(&table.file), Vec::new());
    if path.exists() {
        findings::read_own_with(&path, (&table.sha256, &|bytes| text.next_in(bytes)), |row| {
            if about(&row) {
                rows.push(row.into_owned());
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(rows)
}

/// Whether a row is about who is wanted.
#[must_use]
pub fn is_about(row: &FindingRow<'_>, wanted: &SearchedFor<'_>) -> bool {
    [&row.segment_id, &row.source_id, &row.email].into_iter().any(|text| wanted.is(text))
}

/// What a row tells; one of another line than `here` names its line.
#[must_use]
pub fn noticed(row: FindingRow<'_>, here: Option<(&str, u64)>, rejects: bool) -> Noticed {
    let elsewhere = here.is_some_and(|here| here != (&*row.file, row.line));
    let place = if elsewhere { format!(" (`{}` line {})", row.file, row.line) } else { String::new() };
    Noticed {
        reason: row.reason.into_owned(),
        field: row.field.into_owned(),
        value: row.value.into_owned(),
        message: format!("{}{place}", row.message),
        rejects: rejects && !elsewhere,
    }
}

/// What a look through all batches came to.
#[derive(Debug, Default)]
pub struct Looked {
    /// Where the customer is.
    pub place: Option<Place>,
    /// What could not be read, so that somebody may be there who was not found.
    pub unread: Vec<Failure>,
}

/// The place of a profile's customer: the batches are searched by their tables of origins.
#[must_use]
pub fn place_of(folder: &Path, manifest: &BatchesManifest, segment_id: &str) -> Looked {
    let wanted = SearchedFor::new(segment_id);
    find(&manifest.batches.iter().collect::<Vec<_>>(), |batch| {
        let path = folder.join(&batch.origins.file);
        let table = origins::table(&path).map_err(|error| unreadable(&path, error))?;
        if !wanted.may_be_in(&table) {
            return Ok(None);
        }
        let origins = origins::rows(&table, batch.customers).map_err(|error| unreadable(&path, error))?;
        let Some(at) = origins.iter().position(|row| row.segment_id == segment_id) else { return Ok(None) };
        place(folder, batch, at, &origins).map(Some)
    })
}

/// The place of a customer with a `source_id` or email, where there is no archive to ask.
#[must_use]
pub fn place_by_customer(folder: &Path, manifest: &BatchesManifest, wanted: &SearchedFor<'_>) -> Looked {
    place_among(folder, &manifest.batches.iter().collect::<Vec<_>>(), wanted)
}

/// The place of a customer in a batch whose table of origins cannot be read; in all others origins tell.
#[must_use]
pub fn place_without_origins(folder: &Path, manifest: &BatchesManifest, source_id: &str) -> Looked {
    let batches = manifest.batches.iter().filter(|batch| origins(folder, batch).is_err());
    let looked = place_among(folder, &batches.collect::<Vec<_>>(), &SearchedFor::new(source_id));
    let is_theirs = |place: &Place| place.customer["source_id"].as_str().map(str::trim) == Some(source_id.trim());
    Looked { place: looked.place.filter(is_theirs), ..looked }
}

fn place_among(folder: &Path, batches: &[&Batch], wanted: &SearchedFor<'_>) -> Looked {
    #[derive(Deserialize)]
    struct Named {
        source_id: String,
        #[serde(default)]
        email: Option<String>,
    }
    find(batches, |batch| {
        let json = reader::content(folder, batch).map_err(|error| unreadable(&folder.join(&batch.file), error))?;
        if !wanted.may_be_in(&json) {
            return Ok(None);
        }
        let customers: Vec<Named> =
            serde_json::from_slice(&json).map_err(|error| unreadable(&folder.join(&batch.file), error))?;
        let is_wanted =
            |named: &Named| wanted.is(&named.source_id) || named.email.as_ref().is_some_and(|email| wanted.is(email));
        let Some(at) = customers.iter().position(is_wanted) else { return Ok(None) };
        // They add to what is told.
        place(folder, batch, at, &origins(folder, batch).unwrap_or_default()).map(Some)
    })
}

/// The first place; where there is none, what kept from looking.
fn find(batches: &[&Batch], look: impl Fn(&Batch) -> Result<Option<Place>, Failure> + Send + Sync) -> Looked {
    let unread = Mutex::new(Vec::new());
    let found = batches.par_iter().enumerate().find_map_first(|(number, batch)| match look(batch) {
        Ok(place) => place,
        Err(failure) => {
            unread.lock().unwrap_or_else(PoisonError::into_inner).push((number, failure));
            None
        }
    });
    let mut unread = unread.into_inner().unwrap_or_else(PoisonError::into_inner);
    unread.sort_by_key(|(number, _)| *number);
    Looked { place: found, unread: unread.into_iter().map(|(_, failure)| failure).collect() }
}

fn place(folder: &Path, batch: &Batch, at: usize, origins: &[OriginRow]) -> Result<Place, Failure> {
    let path = folder.join(&batch.file);
    let json = reader::content(folder, batch).map_err(|error| unreadable(&folder.join(&batch.file), error))?;
    let customers = std::str::from_utf8(&json).map_err(|error| unreadable(&path, error))?;
    let customer = nth(customers, at).map_err(|_| unreadable(&path, "it is no list of customers"))?;
    let customer = customer.and_then(|customer| serde_json::from_str(customer).ok());
    let origin = origins.get(at).map(|row| Origin {
        segment_id: row.segment_id.clone(),
        file: row.file.clone(),
        line: row.line,
    });
    Ok(Place {
        batch: batch.file.clone(),
        sha256: batch.sha256.clone(),
        position: at as u64 + 1,
        customers: batch.customers,
        customer: customer.unwrap_or_default(),
        origin,
    })
}

/// The value at a place in an array; what follows it is not looked at.
fn nth(array: &str, at: usize) -> Result<Option<&str>, Malformed> {
    let (mut scanner, mut number, mut found) = (Scanner::new(array), 0, None);
    let walked = scanner.array(|scanner| {
        let value = scanner.value()?;
        if number == at {
            found = Some(value);
            return Err(Malformed);
        }
        number += 1;
        Ok(())
    });
    if found.is_some() { Ok(found) } else { walked.map(|()| None) }
}

fn origins(folder: &Path, batch: &Batch) -> Result<Vec<OriginRow>, Failure> {
    let path = folder.join(&batch.origins.file);
    origins::read(&path, batch.customers).map_err(|error| unreadable(&path, error))
}

fn unreadable(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::stopped(format!("cannot read `{}`", path.display())).because(error).command(
        "this says which files are damaged, and how to mend them:",
        Status::of_batches(path.parent().unwrap_or(path)).checksums(),
    )
}

/// What a target says of the customer `source_id` at a place.
#[must_use]
pub fn answer(target: &Target, place: &Place, source_id: &str) -> Answer {
    let Some(receipt) = target.receipts.get(&place.sha256) else { return Answer::NotSent };
    let of_them = |refusal: &&Refusal| refusal.source_id.as_deref() == Some(source_id);
    match receipt.fate(receipt.errors.iter().find(of_them)) {
        CustomerFate::Submitted => Answer::Submitted { action: receipt.async_action_id.clone().unwrap_or_default() },
        // As if it had never been sent.
        CustomerFate::Undone => Answer::NotSent,
        CustomerFate::Refused(Some(refusal)) if of_them(&refusal) => Answer::Refused { words: words(refusal) },
        CustomerFate::Refused(_) => Answer::Refused { words: whole_batch(receipt) },
        CustomerFate::Taken => {
            Answer::Taken { at: receipt.finished_at.map(|at| at.format("%F %T UTC").to_string()).unwrap_or_default() }
        }
        CustomerFate::Unknown => Answer::Unknown,
    }
}

fn whole_batch(receipt: &Receipt) -> String {
    let words = receipt.errors.first().map(words).unwrap_or_default();
    if words.is_empty() { "the whole batch".to_owned() } else { format!("the whole batch: {words}") }
}

/// The server's words on one line.
fn words(refusal: &Refusal) -> String {
    let words = [&refusal.key, &refusal.message, &refusal.details];
    words.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipts::ReceiptState;

    #[test]
    fn an_answer_is_known_only_where_the_receipt_says_it() {
        let receipt = |state, failed, unknown, refused: &[Option<&str>]| Receipt {
            sha256: "s".into(),
            target: None,
            lost: false,
            pieces: Vec::new(),
            batch: "b".into(),
            customers: 3,
            state,
            async_action_id: Some("aa".into()),
            submitted_at: None,
            finished_at: None,
            finished_there: None,
            attempts: 1,
            done_count: 3 - failed - unknown,
            failed_count: failed,
            unknown_count: unknown,
            errors: refused
                .iter()
                .map(|id| Refusal { source_id: id.map(str::to_owned), key: Some("k".into()), ..Refusal::default() })
                .collect(),
        };
        let place = Place {
            batch: "b".into(),
            sha256: "s".into(),
            position: 1,
            customers: 3,
            customer: Value::Null,
            origin: None,
        };
        let taken = || Answer::Taken { at: String::new() };
        let refused = |words: &str| Answer::Refused { words: words.to_owned() };
        for (receipt, expected) in [
            (None, Answer::NotSent),
            (Some(receipt(ReceiptState::Submitted, 0, 3, &[])), Answer::Submitted { action: "aa".into() }),
            (Some(receipt(ReceiptState::Done, 0, 0, &[])), taken()),
            (Some(receipt(ReceiptState::Done, 1, 0, &[Some("other")])), taken()),
            (Some(receipt(ReceiptState::Done, 1, 0, &[Some("me")])), refused("k")),
            (Some(receipt(ReceiptState::Done, 1, 0, &[None])), Answer::Unknown),
            (Some(receipt(ReceiptState::Done, 0, 1, &[])), Answer::Unknown),
            (Some(receipt(ReceiptState::Refused, 3, 0, &[])), refused("the whole batch")),
            (Some(receipt(ReceiptState::Refused, 3, 0, &[None])), refused("the whole batch: k")),
        ] {
            let receipts = receipt.into_iter().map(|receipt| ("s".to_owned(), receipt)).collect();
            let target = Target { name: "t".into(), receipts, ..Target::default() };
            assert_eq!(answer(&target, &place, "me"), expected);
        }
    }
}
