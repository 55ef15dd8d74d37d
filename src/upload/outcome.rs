//! What a finished action means for its customers: one pure decision over everything a server may answer.

use crate::{
    receipts::{Refusal, State},
    voucherify::{Action, ActionResult},
};

/// What became of a batch; done + refused + unknown is its number of customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) state: State,
    pub(super) done: u64,
    pub(super) refused: u64,
    pub(super) unknown: u64,
    pub(super) errors: Vec<Refusal>,
}

impl Verdict {
    /// Nobody knows.
    pub(super) fn unknown(customers: u64) -> Self {
        Self { state: State::Done, done: 0, refused: 0, unknown: customers, errors: Vec::new() }
    }

    /// One customer, refused with these words.
    pub(super) fn refused(source_id: Option<String>, words: Refusal) -> Self {
        let errors = vec![Refusal { source_id, ..words }];
        Self { state: State::Refused, done: 0, refused: 1, unknown: 0, errors }
    }
}

/// The end of an action; `None` while it has none. Without `patience` an unknown status is an end, too.
pub(super) fn verdict(action: &Action, customers: u64, patience: bool) -> Option<Verdict> {
    let failed = action.status == "FAILED" || action.operation_status.as_deref() == Some("FAILED");
    match (action.status.as_str(), &action.result) {
        ("ENQUEUED" | "IN_PROGRESS", _) => None,
        (_, Some(result)) if result.done_count.is_some() || result.failed_count.is_some() => {
            Some(counted(result, customers, failed))
        }
        _ if failed => {
            let errors = action.result.as_ref().map(|result| result.errors.clone()).unwrap_or_default();
            Some(Verdict { state: State::Refused, done: 0, refused: customers, unknown: 0, errors })
        }
        ("DONE", _) => Some(Verdict::unknown(customers)),
        _ => (!patience).then(|| Verdict::unknown(customers)),
    }
}

/// Counts may contradict the size of the batch: no more than it holds is believed, and the rest is unknown.
fn counted(result: &ActionResult, customers: u64, failed: bool) -> Verdict {
    let refused = result.failed_count.unwrap_or(result.errors.len() as u64).min(customers);
    let done = result.done_count.unwrap_or(0).min(customers - refused);
    let unknown = customers - refused - done;
    let state = if failed && done == 0 { State::Refused } else { State::Done };
    Verdict { state, done, refused, unknown, errors: result.errors.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_one_meaning() {
        use State::{Done, Refused};
        for (answer, expected) in [
            (r#"{"status":"ENQUEUED"}"#, None),
            (r#"{"status":"IN_PROGRESS","result":null}"#, None),
            (r#"{"status":"DONE","result":{"done_count":3,"failed_count":0,"errors":[]}}"#, Some((Done, 3, 0, 0))),
            (r#"{"status":"DONE","result":{"done_count":2,"failed_count":1,"errors":[{}]}}"#, Some((Done, 2, 1, 0))),
            (r#"{"status":"DONE","result":{"done_count":1,"failed_count":2}}"#, Some((Done, 1, 2, 0))),
            (r#"{"status":"DONE","result":{"done_count":3,"results":[]}}"#, Some((Done, 3, 0, 0))),
            (r#"{"status":"DONE","result":{"done_count":9,"failed_count":9}}"#, Some((Done, 0, 3, 0))),
            (r#"{"status":"DONE","result":{"done_count":1}}"#, Some((Done, 1, 0, 2))),
            (r#"{"status":"DONE"}"#, Some((Done, 0, 0, 3))),
            (r#"{"status":"DONE","operation_status":"FAILED"}"#, Some((Refused, 0, 3, 0))),
            (r#"{"status":"FAILED","result":{"done_count":0,"failed_count":3}}"#, Some((Refused, 0, 3, 0))),
            (r#"{"status":"FAILED"}"#, Some((Refused, 0, 3, 0))),
            (r#"{"status":"PAUSED"}"#, None),
            (r#"{"status":"PAUSED","result":{"done_count":3}}"#, Some((Done, 3, 0, 0))),
        ] {
            let action: Action = serde_json::from_str(answer).unwrap();
            let verdict = verdict(&action, 3, true);
            let found = verdict.map(|verdict| (verdict.state, verdict.done, verdict.refused, verdict.unknown));
            assert_eq!(found, expected, "{answer}");
        }
        let paused = Action { status: "PAUSED".into(), ..Action::default() };
        assert_eq!(verdict(&paused, 3, false), Some(Verdict::unknown(3)));
    }
}
