//! Mapping files and metadata schemas, however a program saved them.

use std::{fs, io::Write, process::Stdio};

use flate2::{Compression, write::GzEncoder};

use crate::workdir::Workdir;

const SCHEMA: &str = r#"{"schemas":[{"id":"ms_1","related_object":"customer","allow_defined_only":true,"properties":{"größe":{"type":"number","optional":true}}}]}"#;
const MAPPING: &str = r#"
[customer]
source_id = ["/external_ids/{identifier}"]
name = ["/traits/größe"]

[metadata]
object = "/traits/metadata"
"#;
const PROFILE: &str = r#"{"segment_id":"use_1","external_ids":[{"id":"u1","type":"user_id"}],"traits":{"größe":"XL","metadata":{"größe":"42","other":1}}}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A text in the ways in which programs save it.
fn saved(text: &str) -> [(&'static str, Vec<u8>); 7] {
    let wide =
        |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    [
        ("plain", text.into()),
        ("with a mark", format!("\u{feff}{text}").into()),
        ("line ends of Windows", text.replace('\n', "\r\n").into()),
        ("UTF-16, little end first", wide(u16::to_le_bytes)),
        ("UTF-16, big end first", wide(u16::to_be_bytes)),
        ("gzipped", gzip(text.as_bytes())),
        ("gzipped with a mark", gzip(format!("\u{feff}{text}").as_bytes())),
    ]
}

/// A folder with one person and two files.
fn folder(mapping: &[u8], schema: &[u8]) -> Workdir {
    let workdir = Workdir::new();
    for (name, bytes) in [("people", PROFILE.as_bytes()), ("mapping.toml", mapping), ("schema.json", schema)] {
        fs::write(workdir.path(name), bytes).unwrap();
    }
    workdir
}

fn transformed(workdir: &Workdir) -> String {
    let arguments = ["transform", "people", "-o", "-", "--plain", "--mapping", "mapping.toml"];
    let output = workdir.run(&[&arguments[..], &["--metadata-schema", "schema.json"]].concat(), 0);
    String::from_utf8(output.stdout).unwrap()
}

const LANDS: &str = "[{\"source_id\":\"u1\",\"name\":\"XL\",\"metadata\":{\"größe\":42}}]\n";

#[test]
fn a_schema_is_read_however_it_was_saved() {
    for (how, schema) in saved(SCHEMA) {
        assert_eq!(transformed(&folder(MAPPING.as_bytes(), &schema)), LANDS, "{how}");
    }
}

#[test]
fn a_mapping_is_read_however_it_was_saved_and_explained_by_the_same_file() {
    for (how, mapping) in saved(MAPPING) {
        let workdir = folder(&mapping, SCHEMA.as_bytes());
        assert_eq!(transformed(&workdir), LANDS, "{how}");
        workdir.run(&["transform", "people", "--mapping", "mapping.toml"], 0);
        let explained = workdir.run(&["explain", "u1", "--archive", "people", "--json"], 0);
        let explained: serde_json::Value = serde_json::from_slice(&explained.stdout).unwrap();
        assert_eq!(explained["doubts"], serde_json::json!([]), "{how}");
        assert_eq!(explained["trace"]["fields"][1]["from"], serde_json::json!(["/traits/größe"]), "{how}: {explained}");
        let inspected = workdir.run(&["inspect", "people", "--mapping", "mapping.toml", "--show", "csv"], 0);
        let table = String::from_utf8(inspected.stdout).unwrap();
        assert!(table.lines().any(|row| row.starts_with("größe,") && row.contains(",name,")), "{how}: {table}");
    }
}

#[test]
fn a_schema_may_come_from_a_pipe() {
    let workdir = folder(MAPPING.as_bytes(), b"");
    let mut command = workdir.command();
    command.args(["transform", "people", "-o", "-", "--plain", "--mapping", "mapping.toml"]);
    command.args(["--metadata-schema", "/dev/stdin"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(SCHEMA.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), LANDS);
}

#[test]
fn what_is_no_text_is_named_with_the_file() {
    let latin: Vec<u8> = SCHEMA.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let cut = gzip(SCHEMA.as_bytes());
    for (bytes, why) in [
        (&latin[..], "it is no text in UTF-8; save it as that"),
        (b"PK\x03\x04\x14\0\0\0", "it is no text in UTF-8; save it as that"),
        (&cut[..cut.len() - 9], "incomplete deflate stream"),
        (b"", "EOF while parsing"),
        (b"{}", "neither `schemas` nor `properties`"),
        (b"<html>", "expected value at line 1 column 1"),
    ] {
        let workdir = folder(MAPPING.as_bytes(), bytes);
        let said = workdir.run(&["transform", "people", "--metadata-schema", "schema.json"], 2).stderr;
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("cannot use the metadata schema `schema.json`") && said.contains(why), "{why}: {said}");
        assert!(said.contains("segment-to-voucherify schema"), "{said}");
        assert!(!workdir.path("batches").exists());
    }
    let workdir = folder(&latin, SCHEMA.as_bytes());
    let said = workdir.run(&["transform", "people", "--mapping", "mapping.toml"], 2).stderr;
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("cannot read the mapping file `mapping.toml`: it is no text in UTF-8"), "{said}");
}

#[test]
fn a_schema_that_says_nothing_of_customers_is_told() {
    for schema in ["[]", r#"{"schemas":[]}"#, r#"{"schemas":[{"related_object":"order","properties":{}}]}"#] {
        let workdir = folder(MAPPING.as_bytes(), schema.as_bytes());
        let said = workdir.run(&["transform", "people", "--metadata-schema", "schema.json"], 0).stderr;
        let said = String::from_utf8(said).unwrap();
        let told = "`schema.json` holds no schema for customers: their metadata is not held against anything";
        assert_eq!(said.matches(told).count(), 1, "{schema}: {said}");
    }
    let workdir = folder(MAPPING.as_bytes(), SCHEMA.as_bytes());
    let said = workdir.run(&["transform", "people", "--metadata-schema", "schema.json"], 0).stderr;
    assert!(!String::from_utf8(said).unwrap().contains("holds no schema"));
}
