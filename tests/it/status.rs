//! `status`: what is done and what is left, from the files alone.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{fixtures, workdir::Workdir};

fn answer(workdir: &Workdir, arguments: &[&str], exit_code: i32) -> String {
    String::from_utf8(workdir.run(arguments, exit_code).stdout).expect("text")
}

#[test]
fn every_phase_has_a_row_a_reason_and_a_next_command() {
    let workdir = fixtures::migration();
    assert_snapshot!(answer(&workdir, &["status"], 3), @"
      phase      done  left  left out  verdict       where
      export        6     0         2  incomplete    export
      transform     4     0         2  with rejects  batches
      upload        2     1         1  unfinished    api.voucherify.io-app-1

    export export: incomplete
      why   1 profile deleted or merged away since they were listed
      why   1 profile could not be read: `export/failures.csv`
      next  segment-to-voucherify export --part-size 4

    transform batches: with rejects
      why    1 missing_identifier, 1 duplicate_source_id: `batches/rejects.csv`
      first  to bring them over, fill in `corrected_value` in `batches/rejects.csv`
      then   segment-to-voucherify transform --batch-customers 2 --corrections batches/rejects.csv

    upload api.voucherify.io-app-1: unfinished
      why   1 customer refused:
            `batches/receipts/api.voucherify.io-app-1/refused.csv`
      next  segment-to-voucherify upload
    ");
}

#[test]
fn lines_that_are_no_profiles_are_mended_where_they_stand() {
    let workdir = Workdir::new();
    let whole = "{\"segment_id\":\"use_1\",\"external_ids\":{\"user_id\":\"u1\"}}\n";
    fs::write(workdir.path("people"), format!("{whole}{{\"segment_id\":\n")).unwrap();
    workdir.run(&["transform", "people"], 0);
    let told = answer(&workdir, &["status"], 0).split_whitespace().collect::<Vec<_>>().join(" ");
    let mend = "first to bring them over, mend the lines that it names, or export again into another folder then \
                segment-to-voucherify transform people";
    assert!(told.contains(mend), "{told}");
    // A value helps the one who has no id.
    fs::write(workdir.path("people"), format!("{whole}{{\"segment_id\":\n{{\"segment_id\":\"use_2\"}}\n")).unwrap();
    workdir.run(&["transform", "people"], 0);
    let told = answer(&workdir, &["status"], 0);
    assert!(
        told.contains("fill in `corrected_value` in `batches/rejects.csv`\n  then   segment-to-voucherify"),
        "{told}"
    );
}

#[test]
fn verifying_says_what_is_damaged_and_how_to_mend_it() {
    let workdir = fixtures::migration();
    let sound = answer(&workdir, &["status", "--verify"], 3);
    assert!(sound.contains("12 files as written"), "{sound}");

    fs::write(workdir.path("export/profiles-000002.ndjson.gz"), "not what it was").unwrap();
    fs::remove_file(workdir.path("batches/origins-000001.csv.gz")).unwrap();
    fs::write(workdir.path("batches/rejects.csv"), "segment_id,corrected_value\nuse_03,anna-3\n").unwrap();
    fs::write(workdir.path("batches/receipts/api.voucherify.io-app-1/batch-000001.json"), "{").unwrap();
    let damaged = answer(&workdir, &["status", "--verify"], 3);
    let (_, told) = damaged.split_once("4 files").unwrap();
    assert_snapshot!(told, @r"
 of 12 not as written

export/profiles-000002.ndjson.gz
  problem  changed
  mend     copy it again from the machine that exported it; else export anew
           into another folder
  next     segment-to-voucherify export -o export-anew --part-size 4

batches/origins-000001.csv.gz
  problem  missing
  mend     copy it again, or transform again: the same archive and options give
           the same bytes
  next     segment-to-voucherify transform --batch-customers 2

batches/rejects.csv
  problem  edited
  mend     nothing, if somebody filled in corrections; they are taken by
  next     segment-to-voucherify transform --batch-customers 2 --corrections batches/rejects.csv

batches/receipts/api.voucherify.io-app-1/batch-000001.json
  problem  unreadable
  mend     remove it and upload again: its batch is sent once more, which
           changes nothing
  next     segment-to-voucherify upload
");
}

#[test]
fn a_machine_gets_the_same_rows() {
    let workdir = fixtures::migration();
    let json: Value = serde_json::from_str(&answer(&workdir, &["status", "--json"], 3)).unwrap();
    let rows: Vec<_> = json["rows"].as_array().unwrap().iter().collect();
    let row = |phase, done, left, left_out, state| (phase, done, left, left_out, state);
    let read = |row: &Value| {
        let number = |name: &str| row[name].as_u64().unwrap();
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (text("phase"), number("done"), number("left"), number("left_out"), text("state"))
    };
    let expected = [
        row("export", 6, 0, 2, "incomplete"),
        row("transform", 4, 0, 2, "with_rejects"),
        row("upload", 2, 1, 1, "unfinished"),
    ]
    .map(|(phase, done, left, left_out, state)| (phase.to_owned(), done, left, left_out, state.to_owned()));
    assert_eq!(rows.into_iter().map(read).collect::<Vec<_>>(), expected);
    assert!(json["verified"].is_null());
}

#[test]
fn a_folder_of_batches_stands_alone() {
    let workdir = fixtures::migration();
    fs::remove_dir_all(workdir.path("export")).unwrap();
    fs::remove_dir_all(workdir.path("batches/receipts")).unwrap();
    assert_snapshot!(answer(&workdir, &["status"], 0), @"
      phase      done  left  left out  verdict       where
      transform     4     0         2  with rejects  batches
      upload        0     4         0  unfinished    -

    transform batches: with rejects
      why    1 missing_identifier, 1 duplicate_source_id: `batches/rejects.csv`
      first  to bring them over, fill in `corrected_value` in `batches/rejects.csv`
      then   segment-to-voucherify transform --batch-customers 2 --corrections batches/rejects.csv

    upload: unfinished
      why   nothing was sent yet
      next  segment-to-voucherify upload
    ");
}

#[test]
fn batches_of_an_archive_that_has_grown_since_are_unfinished() {
    let workdir = fixtures::migration();
    let path = workdir.path("batches/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest["inputs"].as_array_mut().unwrap().pop();
    fs::write(&path, manifest.to_string()).unwrap();
    let text = answer(&workdir, &["status"], 3);
    assert!(text.contains("transform     4     2         2  unfinished  batches"), "{text}");
}

#[test]
fn a_folder_where_nothing_was_written_is_an_error_that_says_so() {
    let workdir = Workdir::new();
    let output = workdir.run(&["status"], 2);
    assert_snapshot!(String::from_utf8_lossy(&output.stderr), @r"
error: there is neither an archive in `export` nor a folder of batches in `batches`
hint: name the folders, or begin with: `segment-to-voucherify export`
");
    let output = workdir.run(&["status", "elsewhere"], 2);
    assert_snapshot!(String::from_utf8_lossy(&output.stderr), @r"
error: `elsewhere` holds neither an archive nor batches
hint: name the folder that `export` or `transform` wrote: the one with `manifest.json`
");
}

#[test]
fn books_that_do_not_balance_are_said_out_loud() {
    let workdir = fixtures::migration();
    let path = workdir.path("batches/manifest.json");
    let text = fs::read_to_string(&path).unwrap().replace("\"read\": 6", "\"read\": 7");
    fs::write(&path, text).unwrap();
    let text = answer(&workdir, &["status", "batches"], 3);
    assert!(text.contains("transform batches: unbalanced"), "{text}");
    assert!(text.contains("read 7 = customers 4 + rejected 2 does not hold"), "{text}");
}
