//! Every case under `fixtures/mapping`: a profile, the customer expected of it, and the findings.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::*;

fn mapper(identifier: &str) -> Mapper {
    let options = MappingOptions { identifier: identifier.into(), ..MappingOptions::default() };
    Mapper::new(&Definition::preset(Preset::InitialSync).unwrap(), options).unwrap()
}

/// The mapping that a case names, or the default one.
fn mapper_of(case: &Value) -> Mapper {
    let definition = match case["mapping"].as_str() {
        Some(text) => Definition::parse(text, "case").unwrap(),
        None => Definition::preset(Preset::InitialSync).unwrap(),
    };
    let identifier_choice = match case["identifier_choice"].as_str() {
        Some("newest") => IdentifierChoice::Newest,
        Some("oldest") => IdentifierChoice::Oldest,
        _ => IdentifierChoice::First,
    };
    let identifier = case["identifier"].as_str().unwrap_or("user_id").to_owned();
    Mapper::new(&definition, MappingOptions { identifier, identifier_choice, ..MappingOptions::default() }).unwrap()
}

#[test]
fn every_case_maps_as_its_folder_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mapping");
    let mut cases = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        // A line that no parser of JSON would give back as it is stands there as text.
        let line = case["line"].as_str().map_or_else(|| case["profile"].to_string(), str::to_owned);
        let (mut customer, mut findings) = (Vec::new(), Vec::new());
        let mut workspace = Workspace::default();
        let mapped = mapper_of(&case).map(line.as_bytes(), |_| &[], &mut workspace, &mut customer, &mut findings);
        let skipped_by = mapped.skipped_by;
        let customer: Value = serde_json::from_slice(&customer).unwrap_or_default();
        let findings: Vec<Value> =
            findings.iter().map(|finding| json!([finding.reason.as_str(), &finding.field])).collect();
        assert_eq!(customer.to_string(), case["customer"].to_string(), "{}", path.display());
        assert_eq!(Value::from(findings), case["findings"], "{}", path.display());
        assert_eq!(skipped_by.map(|rule| rule as u64), case["skipped_by"].as_u64(), "{}", path.display());
        cases += 1;
    }
    assert!(cases >= 60, "only {cases} cases");
}

#[test]
fn a_line_that_is_no_profile_is_a_finding() {
    let deep = "[".repeat(100_000);
    let lines: [&[u8]; 8] =
        [b"", b"{", b"[]", b"{}", b"{\"segment_id\":\"a\"} x", b"\xff", b"{\"segment_id\":7}", deep.as_bytes()];
    for line in lines {
        let (mut customer, mut findings) = (Vec::new(), Vec::new());
        assert!(mapper("user_id").map(line, |_| &[], &mut Workspace::default(), &mut customer, &mut findings).rejected);
        assert!(customer.is_empty());
        assert_eq!(findings[0].reason, Reason::MalformedLine);
    }
}
