//! Every case under `fixtures/schema`: a schema, metadata, what is sent of it, and what is said about it.

use std::{borrow::Cow, fs, path::Path};

use serde_json::{Value, json};

use super::*;
use crate::findings::Finding;

/// What is sent, as JSON text, and the findings of metadata that is given as JSON text.
fn check(schema: &MetadataSchema, metadata: &str) -> (String, Vec<Finding<'static>>) {
    let members = members::of_object(metadata).unwrap();
    let members: Vec<_> = members.into_iter().map(|(key, value)| (key, Cow::Borrowed(value.get()))).collect();
    let (mut output, mut findings) = (b"kept".to_vec(), Vec::new());
    schema.check(&members, &mut output, &mut findings);
    let output = String::from_utf8(output.split_off(4)).unwrap();
    (output, findings.into_iter().map(Finding::into_owned).collect())
}

#[test]
fn every_case_is_judged_as_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema");
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let schema = MetadataSchema::parse(&file["schema"].to_string()).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let place = format!("{}: {}", path.display(), case["about"]);
            let (sent, findings) = check(&schema, &case["metadata"].to_string());
            let expected = if case["sent"].is_null() { String::new() } else { case["sent"].to_string() };
            assert_eq!(sent, expected, "{place}");
            let told: Vec<Value> = findings
                .iter()
                .map(|finding| json!(format!("{} {}: {}", finding.reason, finding.field, finding.message)))
                .collect();
            assert_eq!(Value::from(told), case["told"], "{place}");
            cases += 1;
        }
    }
    assert!(cases >= 40, "only {cases} cases");
}

#[test]
fn without_a_customer_schema_everything_is_accepted_as_it_is() {
    for document in [r#"{"schemas":[],"total":0}"#, r#"[{"related_object":"order","properties":{}}]"#] {
        let schema = MetadataSchema::parse(document).unwrap();
        assert_eq!(schema.contents(), None);
        let metadata = r#"{"a":1e999,"b":{"c":[null]},"a":"\u0041"}"#;
        assert_eq!(check(&schema, metadata), (metadata.to_owned(), vec![]));
    }
}

#[test]
fn what_is_no_schema_is_told() {
    for (text, words) in [
        ("", "is not JSON"),
        ("7", "is no JSON object"),
        (r#"{"code":404}"#, "has neither `schemas` nor `properties`"),
        (r#"{"schemas":7}"#, "`schemas` of the metadata schemas is no list"),
        (r#"{"properties":{"a":{"type":"number","lt":"five"}}}"#, "`customer` cannot be read"),
    ] {
        let error = MetadataSchema::parse(text).unwrap_err();
        assert!(error.message.contains(words) && error.hint.is_some(), "{text}: {error}");
    }
}

#[test]
fn hostile_values_neither_stop_it_nor_bloat_its_messages() {
    let schema =
        r#"{"properties":{"a":{"type":"object","objectType":"n"},"t":{"type":"number"}},"related_object":"customer"}"#;
    let nested = r#"{"properties":{"a":{"type":"object","objectType":"n"}},"related_object":"n"}"#;
    let schema = MetadataSchema::parse(&format!("[{schema},{nested}]")).unwrap();
    let deep = format!("{}1{}", r#"{"a":"#.repeat(5_000), "}".repeat(5_000));
    assert_eq!(check(&schema, &deep).0, deep);
    let text = Value::from(deep).to_string();
    let (sent, findings) = check(&schema, &format!(r#"{{"a":{text},"t":{text}}}"#));
    assert!(sent.is_empty() && findings.len() == 2, "{findings:?}");
    assert!(findings.iter().all(|finding| finding.message.len() < 200));
}
