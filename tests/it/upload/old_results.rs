//! Results of the shape before August 2024: a row a customer with `found` and `updated` (docs/api-facts.md C3). What was
//! processed is done, whatever its row says; only failures and errors refuse.

use serde_json::{Value, json};

use super::project::{Project, Says, input, side_by_side, summary, table};

struct Case {
    name: &'static str,
    result: Value,
    /// done, refused, unknown
    books: [u64; 3],
    outcomes: [&'static str; 3],
}

fn row(id: &str, found: bool, updated: bool) -> Value {
    json!({"source_id": id, "found": found, "updated": updated})
}

fn cases() -> Vec<Case> {
    let case = |name, result, books, outcomes| Case { name, result, books, outcomes };
    vec![
        case(
            "everybody was there and is as it was",
            json!({"done_count": 3, "results": [row("u1", true, false), row("u2", true, false), row("u3", true, false)]}),
            [3, 0, 0],
            ["as it was", "as it was", "as it was"],
        ),
        case(
            "rows for all, no counts",
            json!({"results": [row("u1", false, true), row("u2", true, true), row("u3", true, false)]}),
            [3, 0, 0],
            ["created", "updated", "as it was"],
        ),
        case(
            "one of both shapes",
            json!({"done_count": 2, "failed_count": 1, "errors": [{"source_id": "u3", "key": "k", "message": "m", "details": "d"}],
                "results": [row("u1", false, true), row("u2", true, false)]}),
            [2, 1, 0],
            ["created", "as it was", "refused"],
        ),
        case(
            "an error about somebody who has a row",
            json!({"done_count": 2, "failed_count": 1, "errors": [{"source_id": "u2", "key": "k", "message": "m", "details": "d"}],
                "results": [row("u1", true, true), row("u2", true, false), row("u3", true, true)]}),
            [2, 1, 0],
            ["updated", "refused", "updated"],
        ),
        case(
            "one row twice, no counts",
            json!({"results": [row("u1", true, false), row("u1", true, false)]}),
            [1, 0, 2],
            ["as it was", "unknown", "unknown"],
        ),
        case(
            "rows of strangers, no counts",
            json!({"results": [row("x1", true, false), row("x2", true, true), row("x3", false, true)]}),
            [0, 0, 3],
            ["unknown", "unknown", "unknown"],
        ),
        case(
            "rows that say nothing, and a count",
            json!({"done_count": 3, "results": [{"source_id": "u1"}, {"source_id": "u2", "updated": null}, null]}),
            [3, 0, 0],
            ["taken", "taken", "taken"],
        ),
    ]
}

#[test]
fn a_customer_that_was_not_changed_is_not_refused() {
    side_by_side(&cases(), |Case { name, result, books, outcomes }| {
        let action = json!({"status": "DONE", "operation_status": "SUCCESS", "result": result});
        let (workdir, project) = (input(&[&[1, 2, 3]]), Project::asking(move |_, _| Some(Says::status(200, &action))));
        let exit_code = if books[1] + books[2] > 0 { 3 } else { 0 };
        let run = workdir.check(&mut project.upload(&workdir, &["--outcomes", "outcomes.csv"]), exit_code);
        let told = summary(&run.stdout);
        let told = ["done", "refused", "unknown"].map(|member| told[member].as_u64().unwrap());
        assert_eq!(told, *books, "{name}");
        let found: Vec<String> = table(&workdir.path("outcomes.csv")).iter().map(|row| row[3].clone()).collect();
        assert_eq!(found, *outcomes, "{name}");
        let refused = table(&workdir.path(format!("receipts/{}/refused.csv", project.target())));
        assert_eq!(refused.len() as u64, books[1], "{name}");
        // What is known is not sent again.
        project.heal();
        project.upload(&workdir, &[]).output().unwrap();
        assert_eq!(project.posts(), if books[2] > 0 { 2 } else { 1 }, "{name}");
    });
}
