//! Every case under `fixtures/transform`: lines and options, the customers and table rows expected of them.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::workdir::Workdir;

#[test]
fn every_case_is_transformed_as_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/transform");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 10, "only {} cases", paths.len());
    for path in paths {
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let transformed = transform(&case);
        for part in ["customers", "rejects", "warnings"] {
            assert_eq!(transformed[part].to_string(), case[part].to_string(), "{part} of {name}: {}", case["about"]);
        }
    }
}

/// What the binary makes of a case, in the form in which cases are written.
fn transform(case: &Value) -> Value {
    let workdir = Workdir::new();
    let texts = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    for (file, lines) in case["files"].as_object().into_iter().flatten() {
        fs::write(workdir.path(file), texts(lines).join("\n")).unwrap();
    }
    fs::write(workdir.path("profiles.ndjson"), texts(&case["lines"]).join("\n")).unwrap();
    let options = texts(&case["options"]);
    let mut command = workdir.command();
    command.args(["transform", "profiles.ndjson", "-o", "-", "--plain", "--csv", "plain"]).args(options);
    let output = workdir.check(&mut command, 0);
    let batches = String::from_utf8(output.stdout).unwrap();
    let customers = batches.lines().flat_map(|batch| serde_json::from_str::<Vec<Value>>(batch).unwrap());
    json!({
        "customers": customers.collect::<Vec<_>>(),
        "rejects": rows(&workdir.path("rejects.csv")),
        "warnings": rows(&workdir.path("warnings.csv")),
    })
}

/// Line, reason, field and value of each row.
fn rows(table: &Path) -> Vec<Value> {
    let rows = csv::Reader::from_path(table).unwrap().into_records();
    let row = |row: csv::StringRecord| json!([row[10].parse::<u64>().unwrap(), row[4], row[5], row[6]]);
    rows.map(|read| row(read.unwrap())).collect()
}

/// A text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
