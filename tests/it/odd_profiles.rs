//! Lines as other programs leave them: text cut inside a character, ids with blanks, traits of another form, deep JSON.
//! What can be read is read, and whatever is changed or left out has a row that says so.

use std::fs;

use serde_json::{Value, json};

use crate::workdir::Workdir;

/// Transforms lines, and gives the customers and what was noticed, as reason, field and value.
fn transformed(workdir: &Workdir, lines: &[&str]) -> (Vec<Value>, Vec<[String; 3]>) {
    fs::write(workdir.path("people.ndjson"), lines.join("\n")).unwrap();
    let output = workdir.run(&["transform", "people.ndjson", "-o", "-", "--plain", "--csv", "plain"], 0);
    let customers = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let customers = customers.flat_map(|batch| serde_json::from_slice::<Vec<Value>>(batch).unwrap()).collect();
    let noticed = ["rejects.csv", "warnings.csv"].into_iter().flat_map(|table| {
        let mut reader = csv::Reader::from_path(workdir.path(table)).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        rows.into_iter().map(|row| [row[4].to_owned(), row[5].to_owned(), row[6].to_owned()])
    });
    (customers, noticed.collect())
}

fn row(reason: &str, field: &str, value: &str) -> [String; 3] {
    [reason, field, value].map(str::to_owned)
}

#[test]
fn half_a_character_is_replaced_wherever_it_stands_and_each_place_is_told() {
    let workdir = Workdir::new();
    let (customers, noticed) = transformed(
        &workdir,
        &[
            r#"{"segment_id":"use_1","external_ids":[{"type":"user_id","id":"a\ud83d"}],"traits":{}}"#,
            r#"{"segment_id":"use_2","external_ids":{"user_id":"b"},"traits":{"metadata":{"k\udead":1,"ok":true}}}"#,
            r#"{"segment_id":"use_3","external_ids":{"user_id":"c"},"traits":{"metadata":{"deep":{"x":["\ude00\ud83d"]}}}}"#,
            r#"{"segment_id":"use_4","external_ids":{"user_id":"d"},"traits":{"metadata":{"flat":"cut \uD83D"}}}"#,
            r#"{"segment_id":"use_5","external_ids":{"user_id":"e"},"traits":{"nobody\udfff maps it":1,"email":"e@example.com"}}"#,
            r#"{"segment_id":"use_6","external_ids":{"user_id":"f"},"traits":{"name":"Whole 😀 \ud83d\ude00"}}"#,
            r#"{"segment_id":"use_7","external_ids":{"user_id":"g"},"traits":{"address":{"city":"Łód\ud83d"}}}"#,
        ],
    );
    let sent: Vec<Value> = customers
        .into_iter()
        .map(|mut customer| {
            customer.as_object_mut().unwrap().remove("system_metadata");
            customer
        })
        .collect();
    let expected = [
        json!({"source_id": "a\u{fffd}"}),
        json!({"source_id": "b", "metadata": {"k\u{fffd}": 1, "ok": true}}),
        json!({"source_id": "c", "metadata": {"deep": {"x": ["\u{fffd}\u{fffd}"]}}}),
        json!({"source_id": "d", "metadata": {"flat": "cut \u{fffd}"}}),
        json!({"source_id": "e", "email": "e@example.com"}),
        json!({"source_id": "f", "name": "Whole 😀 😀"}),
        json!({"source_id": "g", "address": {"city": "Łód\u{fffd}"}}),
    ];
    assert_eq!(sent, expected);
    let places: Vec<_> = noticed.iter().map(|[reason, field, _]| (reason.as_str(), field.as_str())).collect();
    let half = |field| ("half_character", field);
    let expected = [
        half("source_id"),
        half("metadata.k\u{fffd}"),
        half("metadata.deep"),
        half("metadata.flat"),
        half(""),
        half("address.city"),
    ];
    assert_eq!(places, expected);
    assert_eq!(noticed[4][2], "nobody\u{fffd} maps it");
    // Whoever is looked for is found, too.
    let explained = workdir.run(&["explain", "c", "--archive", "people.ndjson", "--batches", "none", "--json"], 0);
    let explained: Value = serde_json::from_slice(&explained.stdout).unwrap();
    assert_eq!(explained["segment_id"], "use_3");
}

#[test]
fn nothing_is_changed_or_left_out_in_silence() {
    let workdir = Workdir::new();
    let (customers, noticed) = transformed(
        &workdir,
        &[
            r#"{"segment_id":"use_1","external_ids":{"user_id":"\ta 1 "},"traits":{"name":" Ada "}}"#,
            r#"{"segment_id":"use_2","external_ids":{"user_id":"b"},"traits":{"metadata":{"__proto__":{"x":1},"in":[{"__proto__":2}]}}}"#,
            r#"{"segment_id":"use_3","external_ids":{"user_id":"c"},"traits":{"name":"\"José\"","metadata":{"town":"\"Łódź\""}}}"#,
            r#"{"segment_id":"use_4","external_ids":{"user_id":"d"},"traits":"{\"email\":\"d@example.com\"}"}"#,
            r#"{"segment_id":"use_5","external_ids":{"user_id":"e"},"traits":[{"name":"email","value":"e@example.com"}]}"#,
            r#"{"segment_id":"use_6","external_ids":[{"type":"user_id","value":"f"}],"traits":{}}"#,
        ],
    );
    let ids: Vec<_> = customers.iter().map(|customer| customer["source_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a 1", "b", "c", "d", "e", "f"]);
    // What others spell in another way is understood, so there is nothing to tell.
    for (at, email) in [(3, "d@example.com"), (4, "e@example.com")] {
        assert_eq!(customers[at]["email"], email);
    }
    assert_eq!(customers[1]["metadata"], json!({"in": [{}]}));
    let expected = [
        row("converted", "source_id", "\ta 1 "),
        row("prototype_key", "metadata.__proto__", "{\"x\":1}"),
        row("prototype_key", "metadata.in.0.__proto__", "2"),
        row("encoded_text", "name", "\"José\""),
        row("encoded_text", "metadata.town", "\"\\\"Łódź\\\"\""),
    ];
    assert_eq!(noticed, expected);
}

#[test]
fn of_equal_keys_the_last_one_counts_and_it_is_told() {
    let workdir = Workdir::new();
    let lines = [
        r#"{"segment_id":"use_1","external_ids":{"user_id":"a"},"traits":{"name":"A","email":"a@example.com","name":"B"}}"#,
        r#"{"segment_id":"use_0","segment_id":"use_2","external_ids":{"user_id":"b"},"traits":{}}"#,
        r#"{"segment_id":"use_3","external_ids":{"user_id":"x"},"traits":{"name":"A"},"external_ids":{"user_id":"c"},"traits":{}}"#,
        r#"{"segment_id":"use_4","external_ids":{"user_id":"x","user_id":"d"},"traits":{"address":{"city":"A","c\u0069ty":"B"}}}"#,
        r#"{"segment_id":"use_5","external_ids":[{"id":"x","type":"user_id","id":"e"}],"traits":{"metadata":{"n":1,"m":0,"n":2}}}"#,
        r#"{"segment_id":"use_6","external_ids":{"user_id":"f"},"traits":{"metadata":{"n":1},"metadata":{"m":2}}}"#,
        r#"{"segment_id":"use_7","external_ids":{"user_id":"g"},"traits":{"name":"A","name":"A","name":"B"}}"#,
        // Nothing is lost of what nobody looks at, nor of one key in several objects.
        r#"{"segment_id":"use_8","external_ids":{"user_id":"h"},"traits":{"shoe":1,"shoe":2,"city":"A","address":{"city":"B"}},"x":1,"x":2}"#,
    ];
    let (customers, noticed) = transformed(&workdir, &lines);
    let ids: Vec<_> = customers.iter().map(|customer| customer["source_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    assert_eq!((&customers[0]["name"], &customers[3]["address"]["city"]), (&json!("B"), &json!("B")));
    assert_eq!((&customers[4]["metadata"], &customers[5]["metadata"]), (&json!({"n": 2, "m": 0}), &json!({"m": 2})));
    let expected = [
        row("repeated_key", "", "name"),
        row("repeated_key", "", "segment_id"),
        row("repeated_key", "", "external_ids"),
        row("repeated_key", "", "traits"),
        row("repeated_key", "", "user_id"),
        row("repeated_key", "", "city"),
        row("repeated_key", "", "id"),
        row("repeated_key", "metadata.n", "n"),
        row("repeated_key", "", "metadata"),
        row("repeated_key", "", "name"),
    ];
    assert_eq!(noticed, expected);
    let shown = workdir.run(&["transform", "people.ndjson", "--preview", "9"], 0);
    assert_eq!(String::from_utf8(shown.stdout).unwrap().matches("repeated_key").count(), 10);
    workdir.run(&["transform", "people.ndjson", "-o", "strict", "--strict"], 0);
    let rejects = fs::read_to_string(workdir.path("strict/rejects.csv")).unwrap();
    assert_eq!(rejects.matches("the key comes twice in one object; the last value counts").count(), 10);
}

#[test]
fn a_birthdate_whose_day_is_plain_is_taken_as_written() {
    let workdir = Workdir::new();
    let dates = [
        ("1990-01-02T23:11:12+0000", Some("1990-01-02")),
        ("1990-01-02T23:11:12-08", Some("1990-01-02")),
        ("1990-01-02T10:11", Some("1990-01-02")),
        ("1990-01-02 10:11:12.5", Some("1990-01-02")),
        ("19900102", Some("1990-01-02")),
        ("19900102T101112Z", Some("1990-01-02")),
        ("2 January 1990", Some("1990-01-02")),
        ("1990/1/2", Some("1990-01-02")),
        ("02/01/1990", None),
        ("02011990", None),
        ("1990-02-30", None),
        ("0001-01-01", Some("0001-01-01")),
        ("0000-01-01", None),
        ("0000-02-29T00:00:00Z", None),
        ("0000/1/1", None),
        ("1 January 0000", None),
        ("1990-01-02T99:00", None),
    ];
    let lines: Vec<String> = dates
        .iter()
        .enumerate()
        .map(|(number, (date, _))| {
            let ids = json!({"user_id": format!("u{number}")});
            json!({"segment_id": format!("use_{number}"), "external_ids": ids, "traits": {"birthdate": date}})
                .to_string()
        })
        .collect();
    let (customers, noticed) = transformed(&workdir, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    for (customer, (date, expected)) in customers.iter().zip(dates) {
        assert_eq!(customer["birthdate"].as_str(), expected, "{date}");
    }
    assert_eq!(noticed.len(), 8);
    assert!(noticed.iter().all(|[reason, ..]| reason == "invalid_birthdate"), "{noticed:?}");
}

#[test]
fn traits_that_no_rule_takes_are_named_before_the_upload() {
    let workdir = Workdir::new();
    let lines = [
        r#"{"segment_id":"use_1","external_ids":{"user_id":"a"},"traits":{"email":"a@example.com","plan":"gold","address":{"floor":3}}}"#,
        r#"{"segment_id":"use_2","external_ids":{"user_id":"b"},"traits":{"tags":["x"],"plan":"none","score":null,"note":""}}"#,
        r#"{"segment_id":"use_3","external_ids":{"anonymous_id":"c"},"traits":{"plan":"none"}}"#,
    ];
    fs::write(workdir.path("people.ndjson"), lines.join("\n")).unwrap();
    let left_behind = |arguments: &[&str]| {
        let output = workdir.run(&[&["transform", "people.ndjson", "--json"], arguments].concat(), 0);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        (json["left_behind"].clone(), String::from_utf8(output.stderr).unwrap())
    };
    let (left, _) = left_behind(&[]);
    let expected = json!({
        "traits": 2,
        "most_common": [{"name": "plan", "profiles": 3}, {"name": "tags", "profiles": 1}],
    });
    assert_eq!(left, expected);
    // What a glob takes is not left behind, what is excluded is.
    let mapping = "[customer]\nsource_id = \"/external_ids/user_id\"\nemail = \"/traits/email\"\n\
                   [metadata]\ninclude = [\"pl*\", \"tags\"]\nexclude = [\"tags\"]\n";
    fs::write(workdir.path("mapping.toml"), mapping).unwrap();
    let (left, _) = left_behind(&["--mapping", "mapping.toml"]);
    let names: Vec<_> = left["most_common"].as_array().unwrap().iter().map(|left| left["name"].clone()).collect();
    assert_eq!(names, ["address", "tags"]);
}

#[test]
fn depth_beyond_every_limit_is_passed_over_or_told() {
    let workdir = Workdir::new();
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let line = |id: &str, traits: &str| {
        format!(r#"{{"segment_id":"use_{id}","external_ids":{{"user_id":"{id}"}},"traits":{traits}}}"#)
    };
    let lines = [
        line("a", &format!(r#"{{"unmapped":{},"name":"Ada"}}"#, deep(50_000))),
        line("b", &format!(r#"{{"metadata":{{"deep":{},"tier":1}}}}"#, deep(3_000))),
        line("c", &format!(r#"{{"name":{}}}"#, deep(200))),
    ];
    let (customers, noticed) = transformed(&workdir, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(customers[0]["name"], "Ada");
    assert_eq!(customers[1]["metadata"], json!({"tier": 1}));
    let places: Vec<_> = noticed.iter().map(|[reason, field, _]| (reason.as_str(), field.as_str())).collect();
    assert_eq!(places, [("wrong_type", "metadata.deep"), ("wrong_type", "name")]);
    for id in ["a", "use_b", "c"] {
        workdir.run(&["explain", id, "--archive", "people.ndjson", "--batches", "none"], 0);
    }
    workdir.run(&["inspect", "people.ndjson"], 0);
}

#[test]
fn what_is_left_behind_is_said_by_share_and_again_before_it_is_sent() {
    let workdir = Workdir::new();
    // Names of all kinds: 200 that few have, one that half have, and what a mapping with templates and skips takes.
    let lines = (0..10).fold(String::new(), |lines, number| {
        let mut traits = json!({"name": "Ada", "first": "Ada", "last": "L", "Plan Name": "gold", "a/b~c": 1, "nothing": null, "blank": ""});
        if number % 2 == 0 {
            traits["half \u{1b}[2J"] = json!([]);
        }
        if number == 0 {
            (0..200).for_each(|rare| traits[format!("rare {rare:03}")] = json!(true));
        }
        let ids = json!({"user_id": format!("u{number}")});
        lines + &json!({"segment_id": format!("use_{number}"), "external_ids": ids, "traits": traits}).to_string() + "\n"
    });
    fs::write(workdir.path("people"), lines).unwrap();
    let mapping = "[customer]\nsource_id = \"/external_ids/user_id\"\nname = { template = \"{/traits/first} {/traits/last}\" }\n\
                   [metadata]\ninclude = [\"Plan*\"]\nrename = { \"Plan Name\" = \"plan\" }\nfields = { \"c\" = \"/traits/a~1b~0c\" }\n\
                   [[skip]]\npath = \"/traits/name\"\nequals = \"Bob\"\n";
    fs::write(workdir.path("mapping.toml"), mapping).unwrap();
    let project = crate::upload::project::Project::good();
    for (flags, traits, words, first) in [
        (
            &[][..],
            205,
            "205 traits that no rule takes: `Plan Name` 100%, `a/b~c` 100%, `first` 100%, and 202 more",
            "Plan Name",
        ),
        // Who is skipped or not is looked up in `name`, which is taken by that.
        (
            &["--mapping", "mapping.toml"],
            201,
            "201 traits that no rule takes: `half \\u{1b}[2J` 50.0%, `rare 000` 10.0%",
            "half \u{1b}[2J",
        ),
    ] {
        let output = workdir.run(&[&["transform", "people", "--json"], flags].concat(), 0);
        let left = serde_json::from_slice::<Value>(&output.stdout).unwrap()["left_behind"].clone();
        assert_eq!((&left["traits"], &left["most_common"][0]["name"]), (&json!(traits), &json!(first)), "{flags:?}");
        let said = |output: &[u8]| String::from_utf8_lossy(output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said(&output.stderr).contains(words), "{flags:?}: {}", said(&output.stderr));
        assert!(said(&output.stderr).contains("segment-to-voucherify inspect people"), "{}", said(&output.stderr));
        for upload in [&["--dry-run"][..], &[]] {
            let sent = workdir.check(&mut project.upload_of(&workdir, "batches", upload), 0);
            assert!(said(&sent.stderr).contains(words), "{flags:?} {upload:?}: {}", said(&sent.stderr));
        }
    }
    // Where everything is taken, nothing is said.
    fs::write(
        workdir.path("all.toml"),
        "[customer]\nsource_id = \"/external_ids/user_id\"\n[metadata]\ninclude = [\"*\"]\n",
    )
    .unwrap();
    let output = workdir.run(&["transform", "people", "--mapping", "all.toml", "--json"], 0);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["left_behind"], Value::Null);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("left behind"));
}
