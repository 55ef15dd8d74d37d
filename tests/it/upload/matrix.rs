//! Every status, error shape and limit class that a POST or a question may be answered with: what the receipt says then,
//! what is in `refused.csv`, the exit code, and that the next run, against a server that is well, brings all to its end.

use serde_json::{Value, json};

use super::{
    answers::{
        action, done, error, first_post, first_question, framework, limited, plain, poison, posts, questions, refusal,
        reported,
    },
    project::{Project, Says, Script, input, side_by_side, summary, table},
};
use crate::workdir::Workdir;

/// One batch of `u1`, `u2` and `u3`.
struct Case {
    name: &'static str,
    script: fn() -> Script,
    exit_code: i32,
    /// POSTs of this run.
    posts: usize,
    /// `state done+refused+unknown`, or nothing where there is no receipt.
    receipt: &'static str,
    /// `source_id key` of each row of `refused.csv`.
    refused: &'static [&'static str],
}

fn case(
    name: &'static str,
    script: fn() -> Script,
    exit_code: i32,
    posts: usize,
    receipt: &'static str,
    refused: &'static [&'static str],
) -> Case {
    Case { name, script, exit_code, posts, receipt, refused }
}

const DONE: &str = "done 3+0+0";
const UNKNOWN: &str = "done 0+0+3";
const WAITING: &str = "submitted 0+0+0";
const ALL: &[&str] = &["u1 ", "u2 ", "u3 "];

#[expect(clippy::too_many_lines, reason = "a table")]
fn of_posts() -> Vec<Case> {
    vec![
        case("accepted", Script::default, 0, 1, DONE, &[]),
        case(
            "413 for two or more",
            || posts(|customers| (customers.len() > 1).then(|| framework(413))),
            0,
            5,
            DONE,
            &[],
        ),
        case("413 for one customer", || poison(framework(413)), 3, 5, "done 2+1+0", &["u2 E"]),
        case("413 of a proxy", || poison(plain(413, "<html>413</html>")), 3, 5, "done 2+1+0", &["u2 "]),
        case(
            "400 metadata",
            || poison(error(400, "metadata_validation_failed")),
            3,
            5,
            "done 2+1+0",
            &["u2 metadata_validation_failed"],
        ),
        case("400 payload", || poison(error(400, "invalid_payload")), 3, 5, "done 2+1+0", &["u2 invalid_payload"]),
        case("400 of the framework", || poison(framework(400)), 3, 5, "done 2+1+0", &["u2 E"]),
        case("400 without a word", || poison(plain(400, "")), 3, 5, "done 2+1+0", &["u2 "]),
        case("400 for all", || posts(|_| Some(error(400, "k"))), 3, 5, "refused 0+3+0", &["u1 k", "u2 k", "u3 k"]),
        case("401", || first_post(error(401, "unauthorized")), 1, 1, "", &[]),
        case(
            "401 before the first POST",
            || Script { checked: Some(error(401, "unauthorized")), ..Script::default() },
            1,
            0,
            "",
            &[],
        ),
        case(
            "404 before the first POST",
            || Script { checked: Some(plain(404, "<html>")), ..Script::default() },
            1,
            0,
            "",
            &[],
        ),
        case(
            "a web page before the first POST",
            || Script { checked: Some(plain(200, "<html>")), ..Script::default() },
            1,
            0,
            "",
            &[],
        ),
        case(
            "400 to the check of the keys",
            || Script { checked: Some(error(400, "x")), ..Script::default() },
            0,
            1,
            DONE,
            &[],
        ),
        case("402", || first_post(error(402, "missing_required_feature")), 1, 1, "", &[]),
        case("403", || first_post(error(403, "forbidden")), 1, 1, "", &[]),
        case("404", || first_post(error(404, "not_found")), 1, 1, "", &[]),
        case("405", || first_post(plain(405, "")), 1, 1, "", &[]),
        case("409", || first_post(error(409, "duplicate_found")), 1, 1, "", &[]),
        case("415", || first_post(framework(415)), 1, 1, "", &[]),
        case("422", || first_post(error(422, "k")), 1, 1, "", &[]),
        case("302", || first_post(plain(302, "")), 1, 1, "", &[]),
        case("429 of a minute", || first_post(limited("api_calls", "1")), 0, 2, DONE, &[]),
        case("429 of bulk requests", || first_post(limited("bulk_api_calls", "1")), 0, 2, DONE, &[]),
        case("429 of a cycle", || first_post(limited("api_calls_cycle", "1")), 1, 1, "", &[]),
        case(
            "429 without class",
            || first_post(Says::Answer(429, vec![("retry-after", "1")], String::new())),
            0,
            2,
            DONE,
            &[],
        ),
        case("429 of an unheard class", || first_post(limited("webhook_calls", "0")), 0, 2, DONE, &[]),
        case("429 for days", || first_post(limited("api_calls", "864000")), 1, 1, "", &[]),
        case("500", || first_post(error(500, "internal_error")), 0, 2, DONE, &[]),
        case("502 of a proxy", || first_post(plain(502, "<html>")), 0, 2, DONE, &[]),
        case(
            "503 with a time",
            || first_post(Says::Answer(503, vec![("retry-after", "1")], String::new())),
            0,
            2,
            DONE,
            &[],
        ),
        case("504", || first_post(plain(504, "")), 0, 2, DONE, &[]),
        case("500 for ever", || posts(|_| Some(error(500, "k"))), 1, 6, "", &[]),
        case("reset before acceptance", || first_post(Says::Reset), 0, 2, DONE, &[]),
        case("reset after acceptance", || first_post(Says::AcceptedThenReset), 0, 2, DONE, &[]),
        case("502 after acceptance", || first_post(Says::AcceptedThen(502, "<html>")), 0, 2, DONE, &[]),
        case("202 that is cut", || first_post(Says::Cut(202, r#"{"async_act"#)), 0, 2, DONE, &[]),
        case("202 without an id", || posts(|_| Some(Says::AcceptedThen(202, "{}"))), 3, 1, UNKNOWN, &[]),
        case("200 with a web page", || posts(|_| Some(Says::AcceptedThen(200, "<html>"))), 3, 1, UNKNOWN, &[]),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn of_questions() -> Vec<Case> {
    vec![
        case("all done", || action(&done(3, 0, &[])), 0, 1, DONE, &[]),
        case(
            "enqueued, in progress, done",
            || Script {
                asked: Box::new(|number, _| match number {
                    1 => Some(Says::status(200, &json!({"status": "ENQUEUED"}))),
                    2 => Some(Says::status(200, &json!({"status": "IN_PROGRESS", "progress": 50}))),
                    _ => None,
                }),
                ..Script::default()
            },
            0,
            1,
            DONE,
            &[],
        ),
        case("done with a failure", || action(&done(2, 1, &[refusal("u2")])), 3, 1, "done 2+1+0", &["u2 k"]),
        case(
            "one failure told twice",
            || action(&done(2, 1, &[refusal("u2"), refusal("u2")])),
            3,
            1,
            "done 2+1+0",
            &["u2 k"],
        ),
        case("failures without errors", || action(&done(1, 2, &[])), 3, 1, "done 1+2+0", &[" "]),
        case("all failed without errors", || action(&done(0, 3, &[])), 3, 1, "done 0+3+0", ALL),
        case(
            "fewer errors than failures",
            || action(&done(1, 2, &[refusal("u2")])),
            3,
            1,
            "done 1+2+0",
            &["u2 k", " "],
        ),
        case("a failure of a stranger", || action(&done(2, 1, &[refusal("x")])), 3, 1, "done 2+1+0", &[" k"]),
        case("counts that are too high", || action(&done(9, 1, &[refusal("u2")])), 3, 1, "done 2+1+0", &["u2 k"]),
        case("counts that are too low", || action(&done(1, 0, &[])), 3, 1, "done 1+0+2", &[]),
        case(
            "counts that are null",
            || action(&json!({"status": "DONE", "result": {"done_count": null, "failed_count": null, "errors": null}})),
            3,
            1,
            UNKNOWN,
            &[],
        ),
        case(
            "done without result",
            || action(&json!({"status": "DONE", "operation_status": "SUCCESS"})),
            3,
            1,
            UNKNOWN,
            &[],
        ),
        case(
            "done, operation unknown",
            || action(&json!({"status": "DONE", "operation_status": "UNKNOWN", "result": {}})),
            3,
            1,
            UNKNOWN,
            &[],
        ),
        case(
            "done, operation failed",
            || action(&json!({"status": "DONE", "operation_status": "FAILED"})),
            3,
            1,
            "refused 0+3+0",
            ALL,
        ),
        case("failed", || action(&json!({"status": "FAILED"})), 3, 1, "refused 0+3+0", ALL),
        case(
            "failed with counts",
            || {
                action(
                    &json!({"status": "FAILED", "result": {"done_count": 1, "failed_count": 2, "errors": [refusal("u1"), refusal("u2")]}}),
                )
            },
            3,
            1,
            "done 1+2+0",
            &["u1 k", "u2 k"],
        ),
        case(
            "before 2024, all well",
            || {
                action(&json!({"status": "DONE", "result": {"done_count": 3, "results": [
            {"source_id": "u1", "found": false, "updated": true}]}}))
            },
            0,
            1,
            DONE,
            &[],
        ),
        case(
            "before 2024, one not updated",
            || {
                action(&json!({"status": "DONE", "result": {"done_count": 2, "results": [
            {"source_id": "u2", "found": true, "updated": false}]}}))
            },
            3,
            1,
            "done 2+0+1",
            &[],
        ),
        case(
            "before 2024, nobody updated and all done",
            || {
                action(&json!({"status": "DONE", "result": {"done_count": 3, "results": [
            {"source_id": "u1", "found": true, "updated": false}, {"source_id": "u2", "found": false, "updated": false},
            {"source_id": "u3", "found": true, "updated": false}]}}))
            },
            0,
            1,
            DONE,
            &[],
        ),
        case(
            "before 2024, rows without counts",
            || {
                action(&json!({"status": "DONE", "result": {"results": [
            {"source_id": "u1", "found": true, "updated": false}, {"source_id": "u3", "found": true, "updated": true}]}}))
            },
            3,
            1,
            "done 2+0+1",
            &[],
        ),
        case(
            "an unheard word, then done",
            || first_question(Says::status(200, &json!({"status": "SUSPENDED"}))),
            0,
            1,
            DONE,
            &[],
        ),
        case("an unheard word for ever", || action(&json!({"status": "SUSPENDED"})), 3, 1, UNKNOWN, &[]),
        case(
            "an unheard word with counts",
            || action(&json!({"status": "ARCHIVED", "result": {"done_count": 3}})),
            0,
            1,
            DONE,
            &[],
        ),
        case("not known at first", || first_question(error(404, "not_found")), 0, 1, DONE, &[]),
        case("gone", || questions(error(404, "not_found")), 3, 1, WAITING, &[]),
        case(
            "a report names the rest",
            || reported(Some(plain(200, "source_id,found,updated\nu1,true,true\nu2,false,false\nu3,false,false\n"))),
            3,
            1,
            "done 1+2+0",
            &["u2 k", "u3 "],
        ),
        case("an expired report", || reported(None), 3, 1, "done 1+2+0", &["u2 k", " "]),
        case("a report that asks for keys", || reported(Some(plain(401, "{}"))), 3, 1, "done 1+2+0", &["u2 k", " "]),
        case("a report of a strange form", || reported(Some(plain(200, "<html>"))), 3, 1, "done 1+2+0", &["u2 k", " "]),
        case("a web page, then done", || first_question(plain(200, "<html>")), 0, 1, DONE, &[]),
        case("a web page for ever", || questions(plain(200, "<html>")), 1, 1, WAITING, &[]),
        case("an answer that is cut, then done", || first_question(Says::Cut(200, r#"{"id":"#)), 0, 1, DONE, &[]),
        case("reset, then done", || first_question(Says::Reset), 0, 1, DONE, &[]),
        case("500, then done", || first_question(error(500, "k")), 0, 1, DONE, &[]),
        case("401 to a question", || questions(error(401, "unauthorized")), 1, 1, WAITING, &[]),
        case("403 to a question", || questions(error(403, "forbidden")), 1, 1, WAITING, &[]),
        case("402 to a question", || questions(error(402, "k")), 1, 1, WAITING, &[]),
        case("429 of a minute to a question", || first_question(limited("api_calls", "1")), 0, 1, DONE, &[]),
        case("429 of a cycle to a question", || questions(limited("api_calls_cycle", "1")), 1, 1, WAITING, &[]),
        case("429 for days to a question", || questions(limited("api_calls", "864000")), 1, 1, WAITING, &[]),
    ]
}

#[test]
fn every_answer_ends_in_a_receipt_and_in_the_books() {
    let cases: Vec<Case> = of_posts().into_iter().chain(of_questions()).collect();
    side_by_side(&cases, check);
}

fn check(case: &Case) {
    let Case { name, script, exit_code, posts, receipt, refused } = case;
    let (workdir, project) = (input(&[&[1, 2, 3]]), Project::start(script()));
    let run = workdir.check(&mut project.upload(&workdir, &[]), *exit_code);
    assert_eq!(project.posts(), *posts, "{name}");
    assert_eq!(receipts(&workdir, &project), *receipt, "{name}");
    let words = String::from_utf8_lossy(&run.stderr).into_owned();
    if *exit_code == 1 {
        assert!(
            words.contains("hint:") && words.contains("`segment-to-voucherify upload - --json`"),
            "{name}: {words}"
        );
    } else {
        balanced(&summary(&run.stdout), name);
    }
    let rows = table(&workdir.path(format!("receipts/{}/refused.csv", project.target())));
    let rows: Vec<String> = rows.iter().map(|row| format!("{} {}", row[1], row[3])).collect();
    assert_eq!(rows, *refused, "{name}");

    project.heal();
    let known = receipt.ends_with("+0");
    let again = workdir.check(&mut project.upload(&workdir, &[]), if refused.is_empty() { 0 } else { 3 });
    assert_eq!(project.posts() - posts, usize::from(!known), "{name}: only what is not known is sent again");
    let again = summary(&again.stdout);
    balanced(&again, name);
    assert_eq!((&again["sent"], &again["unknown"]), (&json!(3), &json!(0)), "{name}");
}

fn balanced(summary: &Value, name: &str) {
    let number = |member: &str| summary[member].as_u64().unwrap();
    assert_eq!(number("sent"), number("done") + number("refused") + number("unknown"), "{name}: {summary}");
}

/// What all receipts say: one, as the pieces of a batch leave none behind.
fn receipts(workdir: &Workdir, project: &Project) -> String {
    let mut told = Vec::new();
    for entry in std::fs::read_dir(workdir.path(format!("receipts/{}", project.target()))).unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "json") {
            let receipt: Value = serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
            let state = receipt["state"].as_str().unwrap();
            told.push(format!(
                "{state} {}+{}+{}",
                receipt["done_count"], receipt["failed_count"], receipt["unknown_count"]
            ));
        }
    }
    told.join(", ")
}
