//! Folders that earlier versions made stay readable: archive, batches, sheets, receipts and what lies beside them.

use std::fs;

use serde_json::{Value, json};

use crate::{
    fixtures::of_version_0_1_0,
    upload::project::{Project, Says, Script, summary},
    workdir::Workdir,
};

/// Where it was sent to.
const TARGET: &str = "127.0.0.1_18212_sandbox-application";

fn said(workdir: &Workdir, arguments: &[&str], exit_code: i32) -> String {
    String::from_utf8(workdir.run(arguments, exit_code).stdout).unwrap()
}

fn batches(workdir: &Workdir) -> Vec<Value> {
    let manifest = fs::read(workdir.path("batches/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    manifest["batches"].as_array().unwrap().clone()
}

#[test]
fn status_counts_what_they_hold() {
    let status: Value = serde_json::from_str(&said(&of_version_0_1_0(), &["status", "--json"], 3)).unwrap();
    let rows = status["rows"].as_array().unwrap().iter();
    let counts: Vec<_> = rows.map(|row| (row["phase"].clone(), row["done"].clone(), row["left"].clone())).collect();
    let expected = [("export", 58, 0), ("transform", 56, 0), ("upload", 0, 56)];
    assert_eq!(counts, expected.map(|(phase, done, left)| (json!(phase), json!(done), json!(left))));
}

#[test]
fn every_file_is_as_written() {
    let sound = said(&of_version_0_1_0(), &["status", "--verify"], 3);
    assert!(sound.contains("15 files as written"), "{sound}");
}

#[test]
fn one_customer_is_explained() {
    let workdir = of_version_0_1_0();
    let corrected = said(&workdir, &["explain", "user-7"], 0);
    for told in ["profiles-000001.ndjson.gz line 8", "batch-000001.json.gz, customer 8 of 20", "+46 70 174 06 05"] {
        assert!(corrected.contains(told), "{told}: {corrected}");
    }
    let rejected = said(&workdir, &["explain", "use_uchwlnapnuqebznybmo00000034"], 0);
    for told in ["profiles-000002.ndjson.gz line 13", "duplicate_source_id"] {
        assert!(rejected.contains(told), "{told}: {rejected}");
    }
}

#[test]
fn the_report_shows_the_migration() {
    let workdir = of_version_0_1_0();
    workdir.run(&["report", "-o", "report.html"], 0);
    let page = fs::read_to_string(workdir.path("report.html")).unwrap();
    for told in ["blocked_identifier", "duplicate_source_id", "initial-sync", TARGET] {
        assert!(page.contains(told), "{told}");
    }
}

#[test]
fn a_transform_makes_the_same_batches_again() {
    let workdir = of_version_0_1_0();
    let before = batches(&workdir);
    workdir.run(&["transform", "--batch-customers", "20", "--corrections", "sheet.csv"], 0);
    assert_eq!(batches(&workdir), before);
}

#[test]
fn an_upload_goes_on_where_it_stopped() {
    let workdir = of_version_0_1_0();
    let project = Project::start(Script {
        asked: Box::new(|_, _| {
            let result = json!({"done_count": 5, "failed_count": 0, "errors": []});
            Some(Says::status(200, &json!({"status": "DONE", "operation_status": "SUCCESS", "result": result})))
        }),
        ..Script::default()
    });
    let (from, to) = (workdir.path("batches/receipts").join(TARGET), workdir.path("batches/receipts"));
    fs::rename(&from, to.join(project.target())).unwrap();
    for entry in fs::read_dir(to.join(project.target())).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().ends_with(".json") {
            let receipt = fs::read_to_string(entry.path()).unwrap();
            fs::write(entry.path(), receipt.replace(TARGET, &project.target())).unwrap();
        }
    }
    let uploaded = workdir.check(&mut project.upload_of(&workdir, "batches", &["--changed-only"]), 0);
    let uploaded = summary(&uploaded.stdout);
    assert_eq!((&uploaded["sent"], &uploaded["done"], &uploaded["unknown"]), (&json!(5), &json!(5), &json!(0)));
    assert_eq!(project.posts(), 0, "the five customers were sent, and every other one was taken as it is");
    let again = workdir.check(&mut project.upload_of(&workdir, "batches", &["--changed-only"]), 0);
    assert_eq!((summary(&again.stdout)["sent"].clone(), project.posts()), (json!(0), 0));
}
