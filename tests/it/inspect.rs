//! `inspect`: what an archive holds, before any mapping.

use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{fixtures, workdir::Workdir};

/// A mapping that knows half of the fixture's traits.
const MAPPING: &str = r#"
[customer]
source_id = "/external_ids/{identifier}"
name = ["/traits/name", { join = ["/traits/firstName", "/traits/lastName"], separator = " " }]
email = "/traits/email"
birthdate = ["/traits/birthdate", "/traits/birthday"]
phone = "/traits/phone"
[customer.address]
city = ["/traits/address/city", "/traits/city"]
[metadata]
object = "/traits/metadata"
"#;

fn prepared() -> Workdir {
    let workdir = fixtures::migration();
    std::fs::write(workdir.path("mapping.toml"), MAPPING).unwrap();
    workdir
}

fn answer(workdir: &Workdir, arguments: &[&str]) -> String {
    let arguments = [&["inspect", "--mapping", "mapping.toml"], arguments].concat();
    String::from_utf8(workdir.run(&arguments, 0).stdout).expect("text")
}

#[test]
fn every_trait_and_id_type_has_a_row_of_80_columns() {
    let text = answer(&prepared(), &[]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_snapshot!(text, @r"
6 profiles, 20 traits

  external id   share  profiles  several
  user_id       83.3%         5        1
  email         33.3%         2        1
  anonymous_id  16.6%         1        0

  trait               share  types    distinct  longest  becomes
  email               83.3%  text            5       19  email
  metadata            66.6%  object          4       28  metadata
  metadata.tier       66.6%  text            3        8  metadata
  name                66.6%  text            4       12  name
  logins              33.3%  number          2        2  -
  opted_in            33.3%  boolean         2        5  -
  plan                33.3%  text            2        6  -
  address             16.6%  object          1       35  (in parts)
  address.city        16.6%  text            1        6  address.city
  address.postalCode  16.6%  text            1        2  -
  birthdate           16.6%  text            1       10  birthdate
  birthday            16.6%  date            1       10  birthdate
  city                16.6%  text            1        9  address.city
  firstName           16.6%  text            1        5  name
  lastName            16.6%  text            1        6  name
  metadata.since      16.6%  number          1        4  metadata
  phone               16.6%  number          1        7  phone
  score               16.6%  number          1        3  -
  tags                16.6%  array           1       19  -
  utm_source          16.6%  text            1       10  -

  a wider terminal, `--show csv` and `--json` show masked examples, too

not everybody can come over
  1  have no `user_id`: they would be rejected
  1  have a `user_id` that an earlier profile has

left behind by this mapping: 7 traits
  logins, opted_in, plan, address.postalCode, score, tags, utm_source

  next  segment-to-voucherify inspect --mapping mapping.toml --show mapping
        segment-to-voucherify inspect --mapping mapping.toml --show schema
");
}

#[test]
fn what_is_left_behind_comes_as_lines_for_a_mapping_and_a_schema() {
    let workdir = prepared();
    assert_snapshot!(answer(&workdir, &["--show", "mapping"]), @r#"
[metadata]
object = "/traits/metadata"
include = [
    "logins",                        # 33.3% of profiles: number
    "opted_in",                      # 33.3% of profiles: boolean
    "plan",                          # 33.3% of profiles: text
    "score",                         # 16.6% of profiles: number
    "tags",                          # 16.6% of profiles: array
    "utm_source",                    # 16.6% of profiles: text
]
"#);
    let schema: Value = serde_json::from_str(&answer(&workdir, &["--show", "schema"])).unwrap();
    assert_eq!(schema["properties"]["tier"]["type"], "string");
    assert_eq!(schema["properties"]["tags"]["array"], true);
    assert_eq!(schema["properties"]["score"]["type"], "number");
    assert!(schema["properties"]["email"].is_null(), "{schema}");
}

#[test]
fn programs_get_csv_or_json_with_the_same_figures() {
    let workdir = prepared();
    let table = answer(&workdir, &["--show", "csv", "--csv", "plain"]);
    assert_eq!(table.lines().next(), Some("trait,profiles,share,types,blank,distinct,longest,becomes,examples"));
    assert!(table.contains("metadata.tier,4,66.6%,text,0,3,8,metadata,aaaa | aaaaaa | aaaaaaaa\n"), "{table}");
    let json: Value = serde_json::from_str(&answer(&workdir, &["--json"])).unwrap();
    assert_eq!(json["profiles"], 6);
    assert_eq!(json["shared_identifiers"], 1);
    assert_eq!(json["external_ids"][0]["several"], 1);
    let tier = json["traits"].as_array().unwrap().iter().find(|row| row["trait"] == "metadata.tier").unwrap();
    assert_eq!(tier["profiles"], 4);
}

#[test]
fn a_pipe_of_plain_lines_will_do_and_nothing_personal_comes_out() {
    let workdir = prepared();
    let line = r#"{"segment_id":"use_9","external_ids":{"user_id":"secret-9"},"traits":{"email":"ada@example.com"}}"#;
    std::fs::write(workdir.path("lines"), format!("{line}\nnot json\n{line}\n")).unwrap();
    let input = std::fs::File::open(workdir.path("lines")).unwrap();
    let output = workdir.check(workdir.command().args(["inspect", "-"]).stdin(Stdio::from(input)), 0);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("1  come again: the same `segment_id`"), "{text}");
    assert!(text.contains("1  lines are no profile"), "{text}");
    assert!(!text.contains("ada") && !text.contains("secret"), "{text}");
}

#[test]
fn a_trait_that_several_fields_take_is_in_all_of_them_and_in_the_schema_that_would_fit() {
    let workdir = Workdir::new();
    let person = r#"{"segment_id":"use_1","external_ids":{"user_id":"u1"},"traits":{"email":"a@example.com","plan":"gold","logins":3,"metadata":{"tier":"x","old":1}}}"#;
    std::fs::write(workdir.path("people.ndjson"), person).unwrap();
    let mapping = r#"
[customer]
source_id = "/external_ids/user_id"
name = "/traits/email"
email = "/traits/email"
[metadata]
object = "/traits/metadata"
include = ["email", "plan"]
rename = { plan = "level", old = "older" }
"#;
    std::fs::write(workdir.path("mapping.toml"), mapping).unwrap();
    let inspect = |show: &[&str]| {
        let output = workdir.run(&[&["inspect", "people.ndjson", "--mapping", "mapping.toml"], show].concat(), 0);
        String::from_utf8(output.stdout).unwrap()
    };
    let table = inspect(&["--show", "csv", "--csv", "plain"]);
    let mut becomes: Vec<String> = csv::Reader::from_reader(table.as_bytes())
        .records()
        .map(|row| row.map(|row| format!("{} -> {}", &row[0], &row[7])).unwrap())
        .collect();
    becomes.sort();
    let expected = [
        "email -> name, email, metadata",
        "logins -> ",
        "metadata -> metadata",
        "metadata.old -> metadata.older",
        "metadata.tier -> metadata",
        "plan -> metadata.level",
    ];
    assert_eq!(becomes, expected);
    let schema: Value = serde_json::from_str(&inspect(&["--show", "schema"])).unwrap();
    let mut keys: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["email", "level", "logins", "older", "tier"]);
    // What is sent has these keys, but for the one that is left behind.
    let sent =
        workdir.run(&["transform", "people.ndjson", "--mapping", "mapping.toml", "-o", "-", "--plain"], 0).stdout;
    let sent: Value = serde_json::from_slice(&sent).unwrap();
    let mut keys: Vec<&str> = sent[0]["metadata"].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["email", "level", "older", "tier"]);
}
