//! What the project of the matrix may answer, put together from a few words.

use serde_json::{Value, json};

use super::project::{Says, Script};

/// POSTs answered like this for ever.
pub(super) fn posts(says: impl Fn(&[Value]) -> Option<Says> + Send + Sync + 'static) -> Script {
    Script { posted: Box::new(move |_, customers| says(customers)), ..Script::default() }
}

/// The first POST answered like this, the others accepted.
pub(super) fn first_post(says: Says) -> Script {
    Script { posted: Box::new(move |number, _| (number == 1).then(|| says.clone())), ..Script::default() }
}

/// Questions answered like this for ever.
pub(super) fn questions(says: Says) -> Script {
    Script { asked: Box::new(move |_, _| Some(says.clone())), ..Script::default() }
}

/// The first question answered like this, later ones with the end.
pub(super) fn first_question(says: Says) -> Script {
    Script { asked: Box::new(move |number, _| (number == 1).then(|| says.clone())), ..Script::default() }
}

pub(super) fn action(action: &Value) -> Script {
    questions(Says::status(200, action))
}

/// A request with `u2` in it is answered like this.
pub(super) fn poison(says: Says) -> Script {
    posts(move |customers| customers.iter().any(|customer| customer["source_id"] == "u2").then(|| says.clone()))
}

pub(super) fn plain(status: u16, body: &'static str) -> Says {
    Says::Answer(status, vec![], body.into())
}

/// An error in the API's own shape.
pub(super) fn error(status: u16, key: &str) -> Says {
    Says::status(status, &json!({"code": status, "key": key, "message": "m", "details": "d", "request_id": "v-1"}))
}

/// An error in the shape of the framework below it.
pub(super) fn framework(status: u16) -> Says {
    Says::status(status, &json!({"statusCode": status, "error": "E", "message": "m"}))
}

pub(super) fn limited(class: &'static str, seconds: &'static str) -> Says {
    Says::Answer(
        429,
        vec![("x-rate-limit-type", class), ("retry-after", seconds)],
        r#"{"code":429,"message":"m"}"#.into(),
    )
}

pub(super) fn refusal(source_id: &str) -> Value {
    json!({"source_id": source_id, "key": "k", "message": "m", "details": "d"})
}

pub(super) fn done(done: u64, failed: u64, errors: &[Value]) -> Value {
    json!({"status": "DONE", "operation_status": "SUCCESS", "result": {"done_count": done, "failed_count": failed, "errors": errors}})
}

/// One refused, one named, and a report that is answered like this.
pub(super) fn reported(report: Option<Says>) -> Script {
    let mut told = done(1, 2, &[refusal("u2")]);
    told["result"]["reports"] = json!(["/report"]);
    Script { report, ..action(&told) }
}
