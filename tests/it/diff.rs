//! `diff`: two folders of batches, customer by customer.

use std::{fmt::Write, fs};

use serde_json::{Value, json};

use crate::{upload::project::table, workdir::Workdir};

/// Transforms these people into a folder: id, name and tier.
fn transform(workdir: &Workdir, folder: &str, people: &[(u32, &str, Option<&str>)], flags: &[&str]) {
    let mut lines = String::new();
    for (number, name, tier) in people {
        let metadata = tier.map_or(json!({}), |tier| json!({"tier": tier, "same": [1]}));
        let traits = json!({"name": name, "phone": "+1 212 555 0100", "metadata": metadata});
        let ids = json!({"user_id": format!("u{number}")});
        let line = json!({"segment_id": format!("use_{number}"), "external_ids": ids, "traits": traits});
        writeln!(lines, "{line}").unwrap();
    }
    let input = format!("{folder}.ndjson");
    fs::write(workdir.path(&input), lines).unwrap();
    workdir.run(&[&["transform", &input, "-o", folder], flags].concat(), 0);
}

fn diff(workdir: &Workdir, flags: &[&str]) -> Value {
    let run = workdir.run(&[&["diff", "old", "new", "--json"], flags].concat(), 0);
    serde_json::from_slice(&run.stdout).unwrap()
}

fn books(told: &Value) -> [u64; 4] {
    ["added", "removed", "changed", "unchanged"].map(|name| told["difference"][name].as_u64().unwrap())
}

#[test]
fn every_kind_of_change_is_told_by_customer_and_field() {
    let workdir = Workdir::new();
    let old = [(1, "a", Some("gold")), (2, "b", None), (3, "c", Some("x")), (4, "d", None), (5, "e", Some("z"))];
    let new =
        [(5, "e", Some("z")), (2, "b", Some("new")), (3, "C", None), (6, "f", None), (4, "d", None), (7, "g", None)];
    transform(&workdir, "old", &old, &["--batch-customers", "2"]);
    transform(&workdir, "new", &new, &["--batch-customers", "2"]);
    let told = diff(&workdir, &["-o", "diff.csv", "--csv", "plain"]);
    assert_eq!((books(&told), &told["equal"]), ([2, 1, 2, 2], &json!(false)));
    let mut rows: Vec<String> = table(&workdir.path("diff.csv")).iter().map(|row| row.join("|")).collect();
    rows.sort();
    assert_eq!(
        rows,
        [
            "u1|removed|||",
            "u2|set|metadata.same||[1]",
            "u2|set|metadata.tier||new",
            "u3|changed|name|c|C",
            "u3|left out|metadata.same|[1]|",
            "u3|left out|metadata.tier|x|",
            "u6|added|||",
            "u7|added|||",
        ]
    );
    let tier = &told["difference"]["fields"]["metadata.tier"];
    assert_eq!((&tier["set"], &tier["changed"], &tier["left_out"]), (&json!(1), &json!(0), &json!(1)));
    let again = fs::read(workdir.path("diff.csv")).unwrap();
    diff(&workdir, &["-o", "diff.csv", "--csv", "plain"]);
    assert_eq!(fs::read(workdir.path("diff.csv")).unwrap(), again, "the same order each time");
}

#[test]
fn values_are_shown_only_to_those_who_ask() {
    let workdir = Workdir::new();
    transform(&workdir, "old", &[(1, "Ann Smith", None)], &[]);
    transform(&workdir, "new", &[(1, "Bo", None)], &[]);
    let said =
        |flags: &[&str]| String::from_utf8(workdir.run(&[&["diff", "old", "new"], flags].concat(), 0).stderr).unwrap();
    let masked = said(&[]);
    assert!(masked.contains("changed 1; for instance Aaa Aaaaa -> Aa") && !masked.contains("Ann"), "{masked}");
    assert!(said(&["--with-examples"]).contains("Ann Smith -> Bo"));
}

#[test]
fn equal_folders_are_equal_however_they_are_packed() {
    let workdir = Workdir::new();
    let people: Vec<(u32, &str, Option<&str>)> = (1..=50).map(|number| (number, "n", Some("t"))).collect();
    transform(&workdir, "old", &people, &["--batch-customers", "7"]);
    transform(&workdir, "new", &people, &["--batch-customers", "7"]);
    let told = diff(&workdir, &[]);
    assert_eq!((books(&told), &told["equal"]), ([0, 0, 0, 50], &json!(true)));
    // Nothing is read where the hashes are equal.
    fs::remove_file(workdir.path("new/batch-000001.json.gz")).unwrap();
    assert_eq!(books(&diff(&workdir, &[])), [0, 0, 0, 50]);
    transform(&workdir, "new", &people, &["--batch-customers", "11"]);
    let told = diff(&workdir, &[]);
    assert_eq!((books(&told), &told["equal"]), ([0, 0, 0, 50], &json!(true)));
}

#[test]
fn what_is_no_folder_of_batches_is_named_and_inputs_are_not_written_over() {
    let workdir = Workdir::new();
    transform(&workdir, "old", &[(1, "a", None)], &[]);
    let said = |arguments: &[&str], code| String::from_utf8(workdir.run(arguments, code).stderr).unwrap();
    assert!(said(&["diff", "old", "nowhere"], 2).contains("`nowhere` holds no batches"));
    for file in ["old/manifest.json", "/dev/null"] {
        let said = said(&["diff", "old", file], 2);
        assert!(said.contains(&format!("`{file}` is no folder")) && !said.contains("transform -o"), "{said}");
    }
    assert!(said(&["diff", "old", "old", "-o", "old/manifest.json"], 2).contains("--output"));
    fs::write(workdir.path("old/batch-000001.json.gz"), "torn").unwrap();
    transform(&workdir, "new", &[(1, "b", None)], &[]);
    let words = said(&["diff", "old", "new"], 1);
    assert!(words.contains("batch-000001.json.gz") && words.contains("hint:"), "{words}");
}

#[test]
fn whoever_a_rule_skips_now_is_told_apart_from_who_is_gone() {
    let workdir = Workdir::new();
    let preset = String::from_utf8(workdir.run(&["transform", "--print-mapping"], 0).stdout).unwrap();
    let rule = "\n[[skip]]\npath = \"/traits/metadata/tier\"\nequals = \"staff\"\n";
    fs::write(workdir.path("mapping.toml"), preset + rule).unwrap();
    let old = [(1, "a", Some("gold")), (2, "b", Some("staff")), (3, "c", None), (4, "d", Some("staff"))];
    let new = [(1, "a", Some("gold")), (2, "b", Some("staff")), (4, "d", Some("staff"))];
    transform(&workdir, "old", &old, &[]);
    transform(&workdir, "new", &new, &["--mapping", "mapping.toml", "--skipped", "skipped.csv"]);
    let told = diff(&workdir, &["--skipped", "skipped.csv", "-o", "diff.csv", "--csv", "plain"]);
    assert_eq!((books(&told), &told["difference"]["now_skipped"]), ([0, 3, 0, 1], &json!(2)));
    let rows: Vec<String> = table(&workdir.path("diff.csv")).iter().map(|row| row.join("|")).collect();
    assert_eq!(rows, ["u2|now skipped|||", "u3|removed|||", "u4|now skipped|||"]);
    let words = String::from_utf8(workdir.run(&["diff", "old", "new", "--skipped", "skipped.csv"], 0).stderr).unwrap();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("2 of the removed, by `[[skip]]` of the new mapping; Voucherify keeps"), "{words}");
    // Partitions have a table each, and what is read is not written over.
    for (table, person) in [("one.csv", "use_2"), ("two.csv", "use_4")] {
        let whole = fs::read_to_string(workdir.path("skipped.csv")).unwrap();
        let rows = whole.lines().enumerate().filter(|(at, row)| *at == 0 || row.contains(person));
        let rows: Vec<&str> = rows.map(|(_, row)| row).collect();
        assert_eq!(rows.len(), 2, "{whole}");
        fs::write(workdir.path(table), rows.join("\n") + "\n").unwrap();
    }
    let told = diff(&workdir, &["--skipped", "one.csv", "--skipped", "two.csv"]);
    assert_eq!(told["difference"]["now_skipped"], json!(2));
    let both = ["diff", "old", "new", "--skipped", "one.csv", "-o", "one.csv"];
    let said = String::from_utf8(workdir.run(&both, 2).stderr).unwrap();
    assert!(said.contains("`--output` and `--skipped` are both `one.csv`"), "{said}");
}
