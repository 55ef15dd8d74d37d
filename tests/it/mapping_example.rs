//! The worked example of `docs/mapping.md`: what its mapping makes of its people is what the papers show.

use std::{fs, path::Path};

use serde_json::Value;

use crate::workdir::Workdir;

#[test]
fn the_worked_example_comes_out_as_the_papers_show_it() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mapping-example");
    let workdir = Workdir::new();
    for file in ["people.ndjson", "mapping.toml"] {
        fs::copy(example.join(file), workdir.path(file)).unwrap();
    }
    let arguments = ["transform", "people.ndjson", "--mapping", "mapping.toml", "--csv", "plain"];
    let output = workdir.run(&[&arguments[..], &["-o", "-", "--plain", "--skipped", "skipped.csv"]].concat(), 0);
    let customers: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected: Value = serde_json::from_slice(&fs::read(example.join("customers.json")).unwrap()).unwrap();
    assert_eq!(format!("{customers:#}"), format!("{expected:#}"));
    for table in ["warnings.csv", "skipped.csv"] {
        let expected = fs::read_to_string(example.join(table)).unwrap();
        assert_eq!(fs::read_to_string(workdir.path(table)).unwrap(), expected, "{table}");
    }
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("read 6 = customers 4 + rejected 0 + skipped 2"), "{said}");
}

#[test]
fn whoever_is_skipped_claims_no_id_and_counts_apart() {
    let workdir = Workdir::new();
    let mapping =
        "[customer]\nsource_id = \"/external_ids/user_id\"\n[[skip]]\npath = \"/traits/test\"\nequals = true\n";
    fs::write(workdir.path("mapping.toml"), mapping).unwrap();
    let lines = [
        r#"{"segment_id":"use_1","external_ids":{"user_id":"a"},"traits":{"test":true,"birthdate":"?"}}"#,
        r#"{"segment_id":"use_2","external_ids":{"user_id":"a"},"traits":{}}"#,
        r#"{"segment_id":"use_3","external_ids":{},"traits":{"test":true}}"#,
        r#"{"segment_id":"use_4","external_ids":{},"traits":{"test":"true"}}"#,
        r#"{"segment_id":"use_5","external_ids":{},"traits":{"test":1}}"#,
    ];
    fs::write(workdir.path("people.ndjson"), lines.join("\n")).unwrap();
    let transform = ["transform", "people.ndjson", "--mapping", "mapping.toml", "--strict", "--json"];
    let output = workdir.run(&transform, 0);
    let books = serde_json::from_slice::<Value>(&output.stdout).unwrap()["books"].clone();
    // The text `true` is the value that the rule names, the number 1 is not.
    assert_eq!([&books["read"], &books["customers"], &books["rejected"], &books["skipped"]], [5, 1, 1, 3], "{books}");
    workdir.run(&[&transform[..5], &["--max-rejects", "50%"]].concat(), 0);
    workdir.run(&[&transform[..5], &["--max-rejects", "49%"]].concat(), 3);
    workdir.run(&["status"], 0);
    let explained = workdir.run(&["explain", "use_3", "--archive", "people.ndjson", "--json"], 0);
    let explained: Value = serde_json::from_slice(&explained.stdout).unwrap();
    assert_eq!((&explained["fate"], &explained["trace"]["skipped_by"]), (&"skipped".into(), &1.into()));
}

#[test]
fn the_newest_id_is_taken_where_that_was_asked_for() {
    let workdir = Workdir::new();
    let line = r#"{"segment_id":"use_1","external_ids":[{"type":"user_id","id":"old","created_at":"2020-01-01T00:00:00Z"},{"type":"user_id","id":"new","created_at":"2024-01-01T00:00:00.123456789Z"}],"traits":{}}"#;
    fs::write(workdir.path("people.ndjson"), line).unwrap();
    for (choice, expected) in [("first", "old"), ("newest", "new"), ("oldest", "old")] {
        let transform = ["transform", "people.ndjson", "-o", "-", "--plain", "--identifier-choice", choice];
        let output = workdir.run(&transform, 0);
        let customers: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(customers[0]["source_id"], expected, "{choice}");
        let warnings = fs::read_to_string(workdir.path("warnings.csv")).unwrap();
        assert!(warnings.contains("multiple_identifiers"), "{warnings}");
    }
}

#[test]
fn a_preview_shows_the_dirtiest_first_and_writes_nothing() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mapping-example");
    let workdir = Workdir::new();
    let people = example.join("people.ndjson").display().to_string();
    let mapping = example.join("mapping.toml").display().to_string();
    let preview = |most: &str, more: &[&str]| {
        let arguments = ["transform", &people, "--mapping", &mapping, "--preview", most];
        String::from_utf8(workdir.run(&[&arguments[..], more].concat(), 0).stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&preview("3", &["--json"])).unwrap();
    let people = json["people"].as_array().unwrap();
    assert_eq!(people.len(), 3);
    // Five findings, and three.
    let dirtiest: Vec<_> = people[..2].iter().map(|one| (&one["segment_id"], &one["noticed"])).collect();
    assert_eq!(dirtiest, [(&"use_3".into(), &5.into()), (&"use_6".into(), &3.into())]);
    let phone = people[1]["fields"].as_array().unwrap().iter().position(|field| field["field"] == "phone").unwrap();
    assert_eq!(people[1]["fields"][phone]["value"], "+442079460958");
    assert_eq!(people[1]["taken"][phone][0][1], "020 7946 0958 ext 12");
    let text = preview("6", &[]);
    assert!(text.lines().all(|line| line.chars().count() <= 80 || line.contains("people.ndjson")), "{text}");
    assert!(text.contains("use_4: skipped by `[[skip]]` number 1"), "{text}");
    assert!(text.contains("31.12.2019"), "{text}");
    assert_eq!(fs::read_dir(workdir.path("")).unwrap().count(), 0, "something was written");
}
