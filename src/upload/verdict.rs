//! What a finished action means for its customers: one pure decision over everything a server may answer.

use std::collections::HashSet;

use crate::{
    receipts::ReceiptState,
    voucherify::{Action, ActionResult, Complaint, ReportRow},
};

/// What became of a batch; done + refused + unknown is its number of customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) state: ReceiptState,
    pub(super) done: u64,
    pub(super) refused: u64,
    pub(super) unknown: u64,
    /// Words for refused customers; those with a name are of the batch, and each name occurs once.
    pub(super) errors: Vec<Complaint>,
}

impl Verdict {
    /// Nobody knows.
    pub(super) fn unknown(customers: u64) -> Self {
        Self { state: ReceiptState::Done, done: 0, refused: 0, unknown: customers, errors: Vec::new() }
    }

    /// All are refused, with these words for each.
    pub(super) fn refused(source_ids: &[String], words: &Complaint) -> Self {
        let errors = source_ids.iter().map(|id| Complaint { source_id: Some(id.clone()), ..words.clone() });
        Self {
            state: ReceiptState::Refused,
            done: 0,
            refused: source_ids.len() as u64,
            unknown: 0,
            errors: errors.collect(),
        }
    }

    /// Refused customers without a name.
    pub(super) fn unnamed(&self) -> u64 {
        let named = self.errors.iter().filter(|complaint| complaint.source_id.is_some()).count() as u64;
        self.refused.saturating_sub(named)
    }

    /// Names the refused as far as a report tells who was not written, or where it can only be all of them.
    pub(super) fn named(self, source_ids: &[String], report: &[ReportRow]) -> Self {
        if self.unnamed() == 0 {
            return self;
        }
        let customers: HashSet<&str> = source_ids.iter().map(String::as_str).collect();
        let mut named: HashSet<String> = self.errors.iter().filter_map(|error| error.source_id.clone()).collect();
        let everybody = self.refused == source_ids.len() as u64;
        let not_written = report.iter().filter(|row| row.updated == Some(false)).map(|row| row.source_id.as_str());
        let not_written: HashSet<&str> =
            not_written.filter(|id| customers.contains(id) && !named.contains(*id)).collect();
        // Of more than were refused, some were not written since they were just so before: nobody knows which.
        let told = not_written.len() as u64 <= self.unnamed();
        let candidates: Vec<&str> =
            source_ids.iter().map(String::as_str).filter(|id| everybody || told && not_written.contains(id)).collect();
        let words = self.errors.iter().find(|error| error.source_id.is_none()).cloned().unwrap_or_else(|| Complaint {
            message: Some("refused without a word, as its batch's report says".into()),
            ..Complaint::default()
        });
        let mut errors: Vec<Complaint> =
            self.errors.iter().filter(|error| error.source_id.is_some()).cloned().collect();
        for id in candidates {
            if errors.len() as u64 == self.refused {
                break;
            }
            if customers.contains(id) && named.insert(id.to_owned()) {
                errors.push(Complaint { source_id: Some(id.to_owned()), ..words.clone() });
            }
        }
        let left = self.errors.into_iter().filter(|error| error.source_id.is_none());
        if (errors.len() as u64) < self.refused {
            errors.extend(left);
        }
        Self { errors, ..self }
    }
}

/// The end of an action; `None` while it has none. Without `patience` an unknown status is an end, too.
pub(super) fn verdict(action: &Action, source_ids: &[String], patience: bool) -> Option<Verdict> {
    let failed = action.status == "FAILED" || action.operation_status.as_deref() == Some("FAILED");
    let customers = source_ids.len() as u64;
    match (action.status.as_str(), &action.result) {
        ("ENQUEUED" | "IN_PROGRESS", _) => None,
        (_, Some(result)) if counts(result) => Some(counted(result, source_ids, failed)),
        _ if failed => {
            let errors = action.result.as_ref().map(|result| result.errors.clone()).unwrap_or_default();
            let errors = believed(errors, source_ids);
            Some(Verdict { state: ReceiptState::Refused, done: 0, refused: customers, unknown: 0, errors })
        }
        ("DONE", _) => Some(Verdict::unknown(customers)),
        _ => (!patience).then(|| Verdict::unknown(customers)),
    }
}

fn counts(result: &ActionResult) -> bool {
    result.done_count.is_some() || result.failed_count.is_some() || !result.results.is_empty()
}

/// Counts may contradict the size of the batch and what else is said: no more than it holds is believed, a customer
/// that is named as refused is, and the rest is unknown. A row that was not updated is no refusal: the customer may have
/// been just so before (docs/api-facts.md C3).
fn counted(result: &ActionResult, source_ids: &[String], failed: bool) -> Verdict {
    let customers = source_ids.len() as u64;
    let errors = believed(result.errors.clone(), source_ids);
    let named = errors.iter().filter(|error| error.source_id.is_some()).count() as u64;
    let refused = result.failed_count.unwrap_or(0).max(named).min(customers);
    let looked_at = || {
        let members: HashSet<&str> = source_ids.iter().map(String::as_str).collect();
        let refused: HashSet<&str> = errors.iter().filter_map(|error| error.source_id.as_deref()).collect();
        let rows = result.results.iter().map(|row| row.source_id.as_str());
        rows.filter(|id| members.contains(id) && !refused.contains(id)).collect::<HashSet<_>>().len() as u64
    };
    let done = result.done_count.unwrap_or_else(looked_at).min(customers - refused);
    let state = if failed && done == 0 { ReceiptState::Refused } else { ReceiptState::Done };
    Verdict { state, done, refused, unknown: customers - refused - done, errors }
}

/// A name counts once, and only if the batch has it; the words are kept in any case.
fn believed(errors: Vec<Complaint>, source_ids: &[String]) -> Vec<Complaint> {
    if errors.is_empty() {
        return errors;
    }
    let customers: HashSet<&str> = source_ids.iter().map(String::as_str).collect();
    let mut named = HashSet::new();
    let mut believed = Vec::with_capacity(errors.len());
    for error in errors {
        match &error.source_id {
            Some(id) if customers.contains(id.as_str()) => {
                if named.insert(id.clone()) {
                    believed.push(error);
                }
            }
            Some(id) => believed.push(Complaint {
                details: Some(
                    format!("{} (of `{id}`)", error.details.as_deref().unwrap_or_default()).trim().to_owned(),
                ),
                source_id: None,
                ..error
            }),
            None => believed.push(error),
        }
    }
    believed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> [String; 3] {
        ["a", "b", "c"].map(String::from)
    }

    #[test]
    fn every_answer_has_one_meaning() {
        use ReceiptState::{Done, Refused};
        for (answer, expected) in [
            (r#"{"status":"ENQUEUED"}"#, None),
            (r#"{"status":"IN_PROGRESS","result":null}"#, None),
            (r#"{"status":"DONE","result":{"done_count":3,"failed_count":0,"errors":[]}}"#, Some((Done, 3, 0, 0, 0))),
            (r#"{"status":"DONE","result":{"done_count":2,"failed_count":1,"errors":[{}]}}"#, Some((Done, 2, 1, 0, 1))),
            (r#"{"status":"DONE","result":{"done_count":1,"failed_count":2}}"#, Some((Done, 1, 2, 0, 2))),
            (
                r#"{"status":"DONE","result":{"done_count":2,"failed_count":null,"errors":null}}"#,
                Some((Done, 2, 0, 1, 0)),
            ),
            (r#"{"status":"DONE","result":{"done_count":3,"results":[]}}"#, Some((Done, 3, 0, 0, 0))),
            (
                r#"{"status":"DONE","result":{"done_count":1,"results":[{"source_id":"a","found":true,"updated":true},
                   {"source_id":"b","found":false,"updated":false}]}}"#,
                Some((Done, 1, 0, 2, 0)),
            ),
            (
                r#"{"status":"DONE","result":{"done_count":3,"results":[{"source_id":"a","found":true,"updated":false},
                   {"source_id":"b","found":false,"updated":false},{"source_id":"c","found":true,"updated":false}]}}"#,
                Some((Done, 3, 0, 0, 0)),
            ),
            (r#"{"status":"DONE","result":{"results":[{"source_id":"a","updated":true}]}}"#, Some((Done, 1, 0, 2, 0))),
            (
                r#"{"status":"DONE","result":{"results":[{"source_id":"a","updated":false},{"source_id":"a"},
                   {"source_id":"stranger","updated":true},{"source_id":"c","updated":true}]}}"#,
                Some((Done, 2, 0, 1, 0)),
            ),
            (r#"{"status":"DONE","result":{"done_count":9,"failed_count":9}}"#, Some((Done, 0, 3, 0, 3))),
            (r#"{"status":"DONE","result":{"done_count":1}}"#, Some((Done, 1, 0, 2, 0))),
            (
                r#"{"status":"DONE","result":{"done_count":3,"failed_count":0,"errors":[{"source_id":"b"},{"source_id":"b"}]}}"#,
                Some((Done, 2, 1, 0, 0)),
            ),
            (
                r#"{"status":"DONE","result":{"done_count":2,"failed_count":1,"errors":[{"source_id":"stranger"}]}}"#,
                Some((Done, 2, 1, 0, 1)),
            ),
            (r#"{"status":"DONE"}"#, Some((Done, 0, 0, 3, 0))),
            (r#"{"status":"DONE","result":{}}"#, Some((Done, 0, 0, 3, 0))),
            (r#"{"status":"DONE","result":[]}"#, Some((Done, 0, 0, 3, 0))),
            (r#"{"status":"DONE","operation_status":"UNKNOWN"}"#, Some((Done, 0, 0, 3, 0))),
            (r#"{"status":"DONE","operation_status":"FAILED"}"#, Some((Refused, 0, 3, 0, 3))),
            (r#"{"status":"FAILED","result":{"done_count":0,"failed_count":3}}"#, Some((Refused, 0, 3, 0, 3))),
            (r#"{"status":"FAILED","result":{"done_count":1,"failed_count":2}}"#, Some((Done, 1, 2, 0, 2))),
            (r#"{"status":"FAILED"}"#, Some((Refused, 0, 3, 0, 3))),
            (r#"{"status":"PAUSED"}"#, None),
            (r#"{"status":"PAUSED","result":{"done_count":3}}"#, Some((Done, 3, 0, 0, 0))),
        ] {
            let action = Action::read(answer.as_bytes()).unwrap();
            let verdict = verdict(&action, &ids(), true);
            let found = verdict.map(|verdict| {
                assert_eq!(verdict.done + verdict.refused + verdict.unknown, 3, "{answer}");
                (verdict.state, verdict.done, verdict.refused, verdict.unknown, verdict.unnamed())
            });
            assert_eq!(found, expected, "{answer}");
        }
        let paused = Action { status: "PAUSED".into(), ..Action::default() };
        assert_eq!(verdict(&paused, &ids(), false), Some(Verdict::unknown(3)));
        for unreadable in ["", "<html>", "{", "[]", r#"{"id":"aa_1"}"#] {
            assert_eq!(Action::read(unreadable.as_bytes()), None, "{unreadable}");
        }
    }

    #[test]
    fn a_report_names_those_whom_the_errors_do_not() {
        let answer =
            r#"{"status":"DONE","result":{"done_count":1,"failed_count":2,"errors":[{"source_id":"a","key":"k"}]}}"#;
        let verdict = verdict(&Action::read(answer.as_bytes()).unwrap(), &ids(), true).unwrap();
        let row = |id: &str, updated| ReportRow { source_id: id.into(), found: None, updated: Some(updated) };
        let names = |verdict: &Verdict| -> Vec<String> {
            verdict.errors.iter().filter_map(|error| error.source_id.clone()).collect()
        };
        let told = verdict.clone().named(&ids(), &[row("a", false), row("b", true), row("c", false), row("x", false)]);
        assert_eq!((names(&told), told.unnamed()), (vec!["a".to_owned(), "c".into()], 0));
        let vague = verdict.clone().named(&ids(), &[row("b", false), row("c", false)]);
        assert_eq!((names(&vague), vague.unnamed()), (vec!["a".to_owned()], 1), "one of both was just so before");
        let silent = verdict.named(&ids(), &[]);
        assert_eq!((names(&silent), silent.unnamed()), (vec!["a".to_owned()], 1));
        let all = Verdict { refused: 3, done: 0, errors: Vec::new(), ..silent }.named(&ids(), &[]);
        assert_eq!(names(&all), ids());
    }
}
