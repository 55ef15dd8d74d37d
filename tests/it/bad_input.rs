//! Input that nobody wants to meet: a finding or an error that names file and line, and never a silent skip.

use std::{fs, io::Write, process::Command};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::{fixtures, workdir::Workdir};

/// A line of a profile with this text of an object as its metadata.
fn profile(number: usize, metadata: &str) -> Vec<u8> {
    format!(
        r#"{{"segment_id":"use_{number}","external_ids":{{"user_id":"u{number}"}},"traits":{{"metadata":{metadata}}}}}"#
    )
    .into_bytes()
}

/// Transforms lines; gives the manifest, the customers and the reasons by line of both tables.
fn transform(workdir: &Workdir, lines: &[Vec<u8>]) -> (Value, Vec<Value>, Vec<String>) {
    fs::write(workdir.path("lines"), lines.join(&b'\n')).unwrap();
    workdir.run(&["transform", "lines", "--csv", "plain"], 0);
    let piped = workdir.run(&["transform", "lines", "--csv", "plain", "-o", "-", "--plain"], 0);
    let batches = serde_json::Deserializer::from_slice(&piped.stdout).into_iter::<Vec<Value>>();
    let customers = batches.flat_map(Result::unwrap).collect();
    let mut told = Vec::new();
    for table in ["batches/rejects.csv", "batches/warnings.csv"] {
        let mut rows = csv::ReaderBuilder::new().from_path(workdir.path(table)).unwrap();
        let rows = rows.byte_records().map(|row| row.unwrap());
        told.extend(rows.map(|row| {
            let cell = |column: usize| String::from_utf8_lossy(&row[column]).into_owned();
            format!("{} {} {}", cell(10), cell(4), cell(5))
        }));
    }
    let manifest = serde_json::from_slice(&fs::read(workdir.path("batches/manifest.json")).unwrap()).unwrap();
    (manifest, customers, told)
}

#[test]
fn hostile_lines_are_told_by_their_number_and_the_others_come_through() {
    let workdir = Workdir::new();
    let deep = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    let lines = [
        profile(1, r#"{"a":1e999,"b":1234567890123456789012345678901234567890,"c":0.10}"#),
        b"{\"segment_id\":\"use_2\0\",\"traits\":{}}".to_vec(),
        [&profile(3, "{}")[..20], b"\xff\xfe", &profile(3, "{}")[20..]].concat(),
        profile(4, r#"{"__proto__":{"x":1},"k":{"__proto__":2,"\u005f_proto__":3,"kept":4}}"#),
        profile(5, r#"{"twice":1,"twice":2}"#),
        profile(6, &deep),
        b"[1,2]".to_vec(),
        profile(8, "{}"),
    ];
    let (manifest, customers, told) = transform(&workdir, &lines);
    let books = &manifest["books"];
    assert_eq!(books["read"], 8);
    assert_eq!(books["customers"].as_u64().unwrap() + books["rejected"].as_u64().unwrap(), 8);
    let of =
        |id: &str| customers.iter().find(|customer| customer["source_id"] == id).map(|found| found["metadata"].clone());
    let digits = r#"{"a":1e999,"b":1234567890123456789012345678901234567890,"c":0.10}"#;
    let batch = workdir.run(&["transform", "lines", "-o", "-", "--plain"], 0).stdout;
    assert!(String::from_utf8(batch).unwrap().contains(digits));
    assert_eq!(of("u4").unwrap().to_string(), r#"{"k":{"kept":4}}"#);
    assert_eq!(of("u5").unwrap().to_string(), r#"{"twice":2}"#);
    assert!(of("u8").is_some());
    for malformed in ["2 malformed_line ", "3 malformed_line ", "7 malformed_line "] {
        assert!(told.contains(&malformed.to_owned()), "{malformed}: {told:?}");
    }
    // One value that no parser takes would spoil a whole batch: it is left out, and told.
    assert!(of("u6").unwrap().is_null() && told.contains(&"6 wrong_type metadata.a".to_owned()), "{told:?}");
}

#[test]
fn a_line_of_50_megabytes_is_told_and_stops_nobody() {
    let workdir = Workdir::new();
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(50_000_000));
    let (manifest, customers, told) = transform(&workdir, &[profile(1, "{}"), profile(2, &long), profile(3, "{}")]);
    assert_eq!((&manifest["books"]["read"], customers.len()), (&Value::from(3), 2));
    assert_eq!(told, ["2 malformed_line "]);
}

#[test]
fn blank_lines_are_no_profiles() {
    let workdir = Workdir::new();
    let lines = [b"".to_vec(), b"\r".to_vec(), profile(1, "{}"), b" \t".to_vec(), b"".to_vec()];
    let (manifest, customers, told) = transform(&workdir, &lines);
    assert_eq!((&manifest["books"]["read"], customers.len(), told.len()), (&Value::from(1), 1, 0));
}

#[test]
fn a_part_that_is_not_what_its_manifest_says_is_named() {
    let workdir = fixtures::migration();
    let path = workdir.path("export/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let part = manifest["parts"][0]["file"].as_str().unwrap().to_owned();
    manifest["parts"][0]["sha256"] = "0".repeat(64).into();
    fs::write(&path, manifest.to_string()).unwrap();
    let output = workdir.run(&["transform", "export", "-o", "new"], 1);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains(&part) && words.contains("hint: "), "{words}");
    assert!(!workdir.path("new/manifest.json").exists());
}

#[test]
fn a_mapping_file_with_a_typo_is_named_with_line_and_key() {
    let workdir = Workdir::new();
    fs::write(workdir.path("lines"), profile(1, "{}")).unwrap();
    for (text, words) in [
        ("source_id = \"/external_ids/{identifier}\"\nemial = \"/traits/email\"\n", ["line 2", "emial"]),
        ("source_id = [\"/external_ids/x\"\nname = 1\n", ["line ", "mapping.toml"]),
        ("name = 7\n", ["line 1", "name"]),
    ] {
        fs::write(workdir.path("mapping.toml"), text).unwrap();
        let output = workdir.run(&["transform", "lines", "--mapping", "mapping.toml"], 2);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(words.iter().all(|word| stderr.contains(word)) && stderr.contains("mapping.toml"), "{stderr}");
    }
}

/// Runs the binary with that much room for all it maps.
fn within(workdir: &Workdir, kilobytes: u32, arguments: &str) {
    let program = workdir.command().get_program().to_owned();
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {kilobytes} && exec \"$0\" {arguments}")]).arg(program);
    command.current_dir(workdir.path("")).env_clear();
    workdir.check(&mut command, 0);
}

#[test]
fn a_line_without_end_in_a_small_file_takes_no_memory() {
    let workdir = Workdir::new();
    let member = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let begin = [&profile(1, "{}")[..], b"\n", br#"{"segment_id":"use_2","traits":{"name":""#].concat();
    let bomb = [member(&begin), member(&vec![b'x'; 16 << 20]).repeat(96)].concat();
    assert!(bomb.len() < 10_000_000);
    fs::write(workdir.path("bomb.gz"), bomb).unwrap();
    within(&workdir, 1_000_000, "transform bomb.gz --threads 2");
    let manifest: Value = serde_json::from_slice(&fs::read(workdir.path("batches/manifest.json")).unwrap()).unwrap();
    let books = &manifest["books"];
    assert_eq!((&books["read"], &books["customers"], &books["rejected"]), (&2.into(), &1.into(), &1.into()));
    assert_eq!(books["findings"]["malformed_line"]["profiles"], 1);
}
