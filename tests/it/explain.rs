//! `explain`: one customer end to end, on one screen.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{fixtures, workdir::Workdir};

fn explained(workdir: &Workdir, id: &str) -> String {
    let text = String::from_utf8(workdir.run(&["explain", id], 0).stdout).expect("text");
    // A command stays whole, so that it can be copied.
    let fits = |line: &str| line.chars().count() <= 80 || line.trim_start().starts_with("segment-to-voucherify ");
    assert!(text.lines().all(fits), "{text}");
    text
}

#[test]
fn a_customer_who_came_over() {
    assert_snapshot!(explained(&fixtures::migration(), "GRACE@example.com"), @r#"
use_02: came over
  profile                  profiles-000001.ndjson.gz line 2
  batch                    batch-000001.json.gz, customer 2 of 2
  api.voucherify.io-app-1  taken, 2026-03-01 10:00:11 UTC

  sent                    value              from
  source_id               grace-2            /external_ids/user_id
  name                    Grace Hopper       /traits/firstName /traits/lastName
  email                   grace@example.com  /traits/email
  phone                   5551234            /traits/phone
  address.city            Arlington          /traits/city
  metadata.tier           silver             /traits/metadata/tier
  system_metadata.source  segmentio          -

noticed
  converted          phone      `5551234`: a number was written as text
  invalid_birthdate  birthdate  `09/12/1906`: not `YYYY-MM-DD` or an RFC 3339
                                date-time

  not sent             value               why
  /external_ids/email  grace@example.com   no rule took it
  /external_ids/email  grace@navy.example  no rule took it
  /traits/birthdate    09/12/1906          invalid_birthdate
  /traits/plan         silver              no rule took it
"#);
}

#[test]
fn a_customer_who_was_refused_and_one_who_was_not_sent() {
    let workdir = fixtures::migration();
    assert_snapshot!(explained(&workdir, "alan-4"), @r#"
use_04: refused by a target
  profile                  profiles-000001.ndjson.gz line 4
  batch                    batch-000002.json.gz, customer 1 of 1
  api.voucherify.io-app-1  refused: invalid_customer: Invalid customer: email is
                           not valid

  sent                    value         from
  source_id               alan-4        /external_ids/user_id
  name                    Alan Turing   /traits/name
  email                   alan@example  /traits/email
  metadata.tier           gold          /traits/metadata/tier
  system_metadata.source  segmentio     -

noticed
  multiple_identifiers  source_id  `alan-4b`: the first one was used
  invalid_email         email      `alan@example`: does not look like an address

  not sent               value                 why
  /external_ids/user_id  alan-4b               multiple_identifiers
  /traits/tags           ["pioneer", "codes"]  no rule took it
  /traits/logins         7                     no rule took it

  next  correct what the server names in Segment or in a mapping file, and
        transform again; then:
        segment-to-voucherify upload --retry-refused
"#);
    assert_snapshot!(explained(&workdir, "use_06"), @r#"
use_06: in a batch, not sent yet
  profile                  profiles-000002.ndjson.gz line 2
  batch                    batch-000003.json.gz, customer 1 of 1
  api.voucherify.io-app-1  its batch was not sent yet

  sent                    value             from
  source_id               kurt-6            /external_ids/user_id
  name                    Kurt Gödel        /traits/name
  email                   kurt@example.com  /traits/email
  metadata.tier           platinum          /traits/metadata/tier
  system_metadata.source  segmentio         -

  not sent          value  why
  /traits/opted_in  false  no rule took it
  /traits/score     1.5    no rule took it

  next  segment-to-voucherify upload
"#);
}

#[test]
fn two_profiles_of_one_id_point_at_each_other() {
    let workdir = fixtures::migration();
    let text = explained(&workdir, "ada-1");
    assert!(text.starts_with("use_01: came over\n") && text.contains("also"), "{text}");
    assert_snapshot!(explained(&workdir, "use_05"), @"
    use_05: rejected by the transform
      profile  profiles-000002.ndjson.gz line 1

      would be sent           value                from
      source_id               ada-1                /external_ids/user_id
      name                    Ada L.               /traits/name
      email                   ada@old.example.com  /traits/email
      system_metadata.source  segmentio            -

    why it is in no batch
      duplicate_source_id  source_id  `ada-1`: the profile `use_01` has it already

      not sent          value  why
      /traits/opted_in  true   no rule took it

      next  fill in `corrected_value` in `batches/rejects.csv`, then:
            segment-to-voucherify transform --batch-customers 2 --corrections batches/rejects.csv
    ");
}

#[test]
fn profiles_that_were_rejected_or_never_read() {
    let workdir = fixtures::migration();
    assert_snapshot!(explained(&workdir, "f00d-cafe"), @"
    use_03: rejected by the transform
      profile  profiles-000001.ndjson.gz line 3

    why it is in no batch
      missing_identifier  source_id  no external id of type `user_id`

      not sent                    value       why
      /external_ids/anonymous_id  f00d-cafe   its profile was rejected
      /traits/utm_source          newsletter  its profile was rejected

      next  fill in `corrected_value` in `batches/rejects.csv`, then:
            segment-to-voucherify transform --batch-customers 2 --corrections batches/rejects.csv
    ");
    assert_snapshot!(explained(&workdir, "use_07"), @r#"
use_07: could not be read from Segment
  export  traits: the server answered 500, 5 attempts, request req-7

  next  segment-to-voucherify export
"#);
}

#[test]
fn one_folder_is_enough() {
    let workdir = fixtures::migration();
    fs::rename(workdir.path("export"), workdir.path("elsewhere")).unwrap();
    for id in ["use_02", "grace-2", "grace@example.com"] {
        let text = explained(&workdir, id);
        assert!(text.starts_with("use_02: came over\n"), "{text}");
        assert!(text.contains("batch-000001.json.gz, customer 2 of 2"), "{text}");
    }
    assert!(explained(&workdir, "use_03").starts_with("use_03: rejected by the transform\n"));
    let said =
        |arguments: &[&str]| String::from_utf8(workdir.run(&[&["explain"], arguments].concat(), 0).stderr).unwrap();
    assert!(said(&["use_02"]).contains("`export` is not there, so that no traits are shown"));
    assert!(said(&["use_02", "--archive", "elsewhere/*.gz"]).is_empty());
    fs::rename(workdir.path("elsewhere"), workdir.path("export")).unwrap();
    fs::remove_dir_all(workdir.path("batches")).unwrap();
    let text = explained(&workdir, "use_02");
    assert!(text.starts_with("use_02: exported, not transformed yet\n"), "{text}");
}

#[test]
fn nobody_is_an_error_that_says_what_was_searched() {
    let workdir = fixtures::migration();
    let stderr = String::from_utf8(workdir.run(&["explain", "-q", "nobody"], 1).stderr).unwrap();
    assert_snapshot!(stderr, @r"
error: nobody has the id or email `nobody`: searched 2 files of `export`, 3 batches and both tables of `batches`
hint: ids are compared whole and with their capitals; `--archive` and `--batches` name other folders
");
    // A part of an id is not the id.
    workdir.run(&["explain", "alan"], 1);
}

#[test]
fn programs_get_the_same_as_json() {
    let workdir = fixtures::migration();
    let output = workdir.run(&["explain", "alan-4", "--json"], 0);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["fate"], "refused");
    assert_eq!(json["place"]["position"], 1);
    assert_eq!(json["targets"][0]["answer"]["state"], "refused");
    assert_eq!(json["trace"]["fields"][0]["from"][0], "/external_ids/user_id");
}

#[test]
fn the_run_that_made_the_batches_is_repeated_with_its_schema_and_corrections() {
    let workdir = Workdir::new();
    let write = |name: &str, text: &str| fs::write(workdir.path(name), text).unwrap();
    write(
        "profiles.ndjson",
        r#"{"segment_id":"use_1","external_ids":{"user_id":"ada-1"},"traits":{"birthdate":"31.01.1990","metadata":{"points":"42","plan":"gold"}}}"#,
    );
    let points = r#"{"type":"number","optional":true,"array":false}"#;
    let schema = format!(
        r#"{{"schemas":[{{"related_object":"customer","allow_defined_only":true,"properties":{{"points":{points}}}}}]}}"#
    );
    write("schema.json", &schema);
    write("sheet.csv", "segment_id,field,corrected_value,file,line\nuse_1,birthdate,1990-01-31,profiles.ndjson,1\n");
    let options = ["--metadata-schema", "schema.json", "--corrections", "sheet.csv"];
    workdir.run(&[&["transform", "profiles.ndjson"], &options[..]].concat(), 0);

    let explain = || String::from_utf8(workdir.run(&["explain", "ada-1", "--archive", "profiles.ndjson"], 0).stdout);
    assert_snapshot!(explain().unwrap(), @r#"
use_1: in a batch, not sent yet
  profile  profiles.ndjson line 1
  batch    batch-000001.json.gz, customer 1 of 1

  sent                    value       from
  source_id               ada-1       /external_ids/user_id
  birthdate               1990-01-31  corrected_value
  metadata.points         42          /traits/metadata/points
  system_metadata.source  segmentio   -

noticed
  converted  metadata.points  `42`: text was read as a number

  not sent               value       why
  /traits/birthdate      31.01.1990  a correction stands in its place
  /traits/metadata/plan  gold        metadata_undefined

  next  segment-to-voucherify upload
"#);
    write("schema.json", &schema.replace("number", "string"));
    assert!(explain().unwrap().contains("the metadata schema `schema.json` has changed since"), "{:?}", explain());
}

#[test]
fn an_id_that_the_table_guards_against_spreadsheets_is_found_and_shown_as_it_is() {
    for id in ["000", "007", "1e5", "-1", "+491234567890", "=1+1", "01.02.1990"] {
        let workdir = crate::workdir::Workdir::new();
        let person = |number: u8| serde_json::json!({"segment_id": format!("use_{number}"), "external_ids": [{"id": id, "type": "user_id"}], "traits": {}});
        // The second is rejected for the id that the first one has, if not both for what it is.
        fs::write(workdir.path("people"), format!("{}\n{}\n", person(1), person(2))).unwrap();
        workdir.run(&["transform", "people"], 0);
        let table = fs::read_to_string(workdir.path("batches/rejects.csv")).unwrap();
        assert!(table.contains(&format!("'{id}")), "{id}: {table}");
        for archive in ["people", "not-there"] {
            let explained = workdir.run(&["explain", "--archive", archive, "--json", "--", id], 0).stdout;
            let explained: Value = serde_json::from_slice(&explained).unwrap();
            let expected = if ["000", "-1"].contains(&id) { "rejected" } else { "not_sent" };
            assert_eq!(
                (&explained["fate"], &explained["source_id"]),
                (&expected.into(), &if expected == "rejected" { Value::Null } else { id.into() }),
                "{id}: {explained}"
            );
            let shown = workdir.run(&["explain", "--archive", archive, "--", id], 0).stdout;
            assert!(!String::from_utf8(shown).unwrap().contains(&format!("'{id}")), "{id}");
        }
    }
}
