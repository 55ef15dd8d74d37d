//! What holds for any input: nothing is lost, limits are kept, and nothing stops the program.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::Path,
};

use flate2::read::GzDecoder;
use proptest::prelude::*;
use segment_to_voucherify::{
    findings::{Reason, Severity},
    mapping::{Definition, Mapper, MappingOptions, MetadataSchema, Preset, Workspace},
};
use serde_json::{Value, json};

use crate::workdir::Workdir;

/// Any JSON value, more often of the kinds that traits have.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop_oneof![Just("1e999"), Just("0.10"), Just("-0"), Just("1234567890123456789012345678901234567890")]
            .prop_map(|digits| serde_json::from_str(digits).unwrap()),
        "[ a-z0-9@.=+'\"\\\\\u{0}\n-]{0,12}".prop_map(Value::from),
        Just(json!("1990-01-31")),
        Just(json!("zoë@example.com")),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Names of traits: those that the mapping knows, and any others.
fn key() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 9] =
        ["name", "email", "birthdate", "address", "city", "metadata", "firstName", "phone", "__proto__"];
    prop_oneof![4 => prop::sample::select(&KNOWN[..]).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

/// A line: mostly profiles of few people, so that some come twice, and now and then something else.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let ids = prop_oneof![
        6 => (0..30).prop_map(|id| json!([{"type": "user_id", "id": format!("u{id}")}])),
        1 => (0..30).prop_map(|id| json!({"user_id": id})),
        1 => value(),
    ];
    let traits = prop_oneof![
        6 => prop::collection::vec((key(), value()), 0..6).prop_map(|traits| traits.into_iter().collect()),
        1 => value(),
    ];
    let profile = (0..40, ids, traits).prop_map(|(number, ids, traits): (i32, Value, Value)| {
        json!({"segment_id": format!("use_{number}"), "external_ids": ids, "traits": traits}).to_string().into_bytes()
    });
    let damaged = (profile_bytes(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut bytes, index, byte)| {
        let position = index.index(bytes.len());
        bytes[position] = byte;
        bytes
    });
    let bytes = prop::collection::vec(any::<u8>(), 1..40);
    let one_line = |bytes: Vec<u8>| bytes.into_iter().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    prop_oneof![8 => profile, 1 => damaged, 1 => bytes].prop_map(one_line)
}

fn profile_bytes() -> impl Strategy<Value = Vec<u8>> {
    Just(
        br#"{"segment_id":"use_1","external_ids":[{"type":"user_id","id":"u1"}],"traits":{"name":"Ada","x":1}}"#
            .to_vec(),
    )
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The batches of a folder, in their order, each within both limits.
fn batches(folder: &Path, most_bytes: usize, most_customers: usize) -> Vec<Value> {
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let mut customers = Vec::new();
    for batch in manifest["batches"].as_array().unwrap() {
        let bytes = gunzip(&folder.join(batch["file"].as_str().unwrap()));
        let content: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
        let json = bytes.trim_ascii_end();
        assert!(json.len() <= most_bytes && content.len() <= most_customers && !content.is_empty());
        customers.extend(content);
    }
    customers
}

fn rows(table: &Path) -> Vec<csv::StringRecord> {
    let bytes = fs::read(table).unwrap();
    let mut rows = csv::Reader::from_reader(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap());
    rows.records().map(Result::unwrap).collect()
}

/// Lines of `rejects.csv`, each profile once.
fn rejected_lines(folder: &Path) -> BTreeSet<u64> {
    rows(&folder.join("rejects.csv")).iter().map(|row| row[10].parse().unwrap()).collect()
}

/// Insists that what the manifest counts by reason and field is what the two tables list.
fn check_books(folder: &Path) {
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    // By reason: the lines, and the rows by field.
    let mut listed: BTreeMap<String, (BTreeSet<u64>, BTreeMap<String, u64>)> = BTreeMap::new();
    for (table, file) in [("rejects", "rejects.csv"), ("warnings", "warnings.csv")] {
        let rows = rows(&folder.join(file));
        assert_eq!(manifest[table]["rows"], rows.len());
        for row in rows {
            let (lines, fields) = listed.entry(row[4].to_owned()).or_default();
            lines.insert(row[10].parse().unwrap());
            *fields.entry(row[5].to_owned()).or_default() += 1;
        }
    }
    let mut counted = manifest["books"]["findings"].as_object().unwrap().clone();
    // Counted by key, and listed only where it rejects.
    for reason in ["metadata_undefined", "key_characters"] {
        if !listed.contains_key(reason) {
            counted.remove(reason);
        }
    }
    let listed: BTreeMap<String, Value> = listed
        .into_iter()
        .map(|(reason, (lines, fields))| (reason, json!({"profiles": lines.len(), "fields": fields})))
        .collect();
    assert_eq!(json!(counted), json!(listed));
    let books = &manifest["books"];
    assert_eq!(books["read"], books["customers"].as_u64().unwrap() + books["rejected"].as_u64().unwrap());
    assert_eq!(books["rejected"], rejected_lines(folder).len());
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = entries
        .filter(|entry| entry.file_name() != ".lock")
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()));
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_that_goes_in_comes_out(
        lines in prop::collection::vec(line(), 0..120),
        most_bytes in 400_usize..3_000,
        most_customers in 1_usize..20,
        strict in any::<bool>(),
        with_schema in any::<bool>(),
    ) {
        let workdir = Workdir::new();
        // The first lines are profiles: else it might be another form, or nearly nothing a profile.
        let good = (0..20).map(|number| format!(r#"{{"segment_id":"good_{number}","external_ids":{{"user_id":"g{number}"}}}}"#).into_bytes());
        let lines = lines.into_iter().filter(|line| !line.iter().all(u8::is_ascii_whitespace));
        let lines: Vec<_> = good.chain(lines).collect();
        fs::write(workdir.path("lines"), lines.join(&b'\n')).unwrap();
        fs::write(workdir.path("schema.json"), schema_document().to_string()).unwrap();
        let (bytes, customers) = (most_bytes.to_string(), most_customers.to_string());
        for threads in ["1", "2", "8"] {
            let limits = ["--batch-bytes", &bytes, "--batch-customers", &customers, "--threads", threads];
            let strict = if strict { &["--strict"][..] } else { &[] };
            let schema = if with_schema { &["--metadata-schema", "schema.json"][..] } else { &[] };
            workdir.run(&[&["transform", "lines", "-o", threads][..], &limits, strict, schema].concat(), 0);
        }
        let folder = workdir.path("1");
        prop_assert!(files(&folder) == files(&workdir.path("2")) && files(&folder) == files(&workdir.path("8")));
        check_books(&folder);
        let customers = batches(&folder, most_bytes, most_customers);
        prop_assert_eq!(customers.len() + rejected_lines(&folder).len(), lines.len());
        let ids: BTreeSet<&str> = customers.iter().map(|customer| customer["source_id"].as_str().unwrap()).collect();
        prop_assert_eq!(ids.len(), customers.len());
    }
}

fn mapper() -> Mapper {
    Mapper::new(&Definition::preset(Preset::default()).unwrap(), MappingOptions::default()).unwrap()
}

/// A schema with a definition of every type and limit.
fn schema_document() -> Value {
    json!([
        {"related_object": "customer", "allow_defined_only": false, "properties": {
            "name": {"type": "string", "maxLength": 8}, "email": {"type": "number", "gte": 0, "ne": [7]},
            "birthdate": {"type": "date"}, "city": {"type": "datetime"}, "phone": {"type": "boolean"},
            "metadata": {"type": "string", "array": true}, "firstName": {"type": "number", "array": true},
            "address": {"type": "object", "objectType": "place"}, "__proto__": {"type": "geopoint"},
        }},
        {"related_object": "place", "allow_defined_only": true, "properties": {
            "city": {"type": "string"}, "phone": {"type": "number", "optional": false},
        }},
    ])
}

fn schema() -> MetadataSchema {
    MetadataSchema::parse(&schema_document().to_string()).unwrap()
}

/// What is sent of metadata, its keys and values, and the reasons of the findings.
fn checked(schema: &MetadataSchema, members: &[(String, String)]) -> (Vec<(String, String)>, Vec<Reason>) {
    let members: Vec<_> = members.iter().map(|(key, raw)| (Cow::from(&key[..]), Cow::from(&raw[..]))).collect();
    let (mut output, mut findings) = (Vec::new(), Vec::new());
    schema.check(&members, &mut output, &mut findings);
    let sent: Value = if output.is_empty() { json!({}) } else { serde_json::from_slice(&output).unwrap() };
    assert!(!output.contains(&b'\n'));
    let sent = sent.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.to_string())).collect();
    (sent, findings.iter().map(|finding| finding.reason).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_line_becomes_a_customer_or_a_finding_that_rejects_it(line in line()) {
        let (mut customer, mut findings) = (b"before".to_vec(), Vec::new());
        let mapped = mapper().map(&line, |_| &[], &mut Workspace::default(), &mut customer, &mut findings);
        let rejecting = findings.iter().any(|finding| finding.severity == Severity::Rejected);
        prop_assert_eq!(mapped.rejected, rejecting);
        let customer = customer.strip_prefix(b"before").unwrap();
        if mapped.rejected {
            prop_assert!(customer.is_empty());
        } else {
            let sent: Value = serde_json::from_slice(customer).unwrap();
            prop_assert_eq!(sent["source_id"].as_str(), mapped.source_id.as_deref());
            prop_assert!(!customer.contains(&b'\n') && !sent.to_string().contains("__proto__\":"));
        }
    }

    #[test]
    fn what_the_schema_lets_through_it_lets_through_again(
        members in prop::collection::btree_map(key(), value(), 0..8),
    ) {
        let schema = schema();
        let members: Vec<_> = members.into_iter().map(|(key, value)| (key, value.to_string())).collect();
        let (sent, _) = checked(&schema, &members);
        let (again, reasons) = checked(&schema, &sent);
        prop_assert_eq!(again, sent);
        prop_assert!(reasons.iter().all(|reason| *reason == Reason::MetadataRequired), "{:?}", reasons);
    }

    #[test]
    fn a_mapping_file_is_read_or_refused_with_its_name(
        text in "\\PC{0,60}",
        at in any::<prop::sample::Index>(),
        cut in 0_usize..20,
    ) {
        let preset = Preset::default().text();
        let boundaries: Vec<usize> = preset.char_indices().map(|(position, _)| position).collect();
        let start = at.index(boundaries.len());
        let end = boundaries.get(start + cut).copied().unwrap_or(preset.len());
        let damaged = format!("{}{text}{}", &preset[..boundaries[start]], &preset[end..]);
        for text in [&text, &damaged] {
            if let Err(error) = Definition::parse(text, "mapping.toml") {
                prop_assert!(error.message.contains("mapping.toml"), "{}", error);
            }
        }
    }

    #[test]
    fn a_schema_is_read_or_refused(document in value()) {
        let _ = MetadataSchema::parse(&document.to_string());
        let _ = MetadataSchema::parse(&json!({"schemas": [{"properties": document}]}).to_string());
    }
}
