//! Two readings of one metadata schema, that of the project and that of `transform`, against each other.

use std::{collections::BTreeSet, fs, path::Path};

use segment_to_voucherify::sandbox::{
    APPLICATION_ID, SECRET_KEY, Sandbox, SandboxOptions, voucherify::options::VoucherifyOptions,
};
use serde_json::{Value, json};

use super::quick;
use crate::workdir::Workdir;

/// Every type, array and bound.
fn schemas() -> Value {
    let customer = json!({
        "text": {"type": "string"}, "required": {"type": "string", "optional": false},
        "chosen": {"type": "string", "eq": ["a", "b"]}, "long": {"type": "string", "minLength": 2},
        "short": {"type": "string", "maxLength": 2}, "exact": {"type": "string", "exactLength": 2},
        "number": {"type": "number"}, "one_of": {"type": "number", "eq": [1, 2.5]},
        "not_three": {"type": "number", "ne": [3]}, "below": {"type": "number", "lt": 3},
        "at_most": {"type": "number", "lte": 3}, "above": {"type": "number", "gt": 3},
        "at_least": {"type": "number", "gte": 3}, "flag": {"type": "boolean"}, "date": {"type": "date"},
        "time": {"type": "datetime"}, "image": {"type": "image_url"}, "place": {"type": "geopoint"},
        "pet": {"type": "object", "objectType": "pet"}, "pets": {"type": "object", "objectType": "pet", "array": true},
        "numbers": {"type": "number", "array": true}, "letters": {"type": "string", "array": true, "eq": ["x", "y"]},
    });
    let pet = json!({"legs": {"type": "number", "optional": false}, "name": {"type": "string"}});
    let schema = |name: &str, mut properties: Value| {
        for definition in properties.as_object_mut().unwrap().values_mut() {
            definition.as_object_mut().unwrap().entry("optional").or_insert(json!(true));
        }
        json!({"id": format!("ms_{name}"), "related_object": name, "properties": properties, "allow_defined_only": null})
    };
    let schemas = [schema("customer", customer), schema("pet", pet)];
    json!({"object": "list", "data_ref": "schemas", "schemas": schemas, "total": 2})
}

fn values() -> Vec<Value> {
    vec![
        json!(""),
        json!("a"),
        json!("ab"),
        json!("né"),
        json!("abc"),
        json!(["x"]),
        json!(["x", "z"]),
        json!([]),
        json!([1]),
        json!([1, "2"]),
        json!(1),
        json!(2.5),
        json!(3),
        json!(2.99),
        json!(4),
        json!(-1),
        json!(true),
        json!("true"),
        json!("1.5"),
        json!(null),
        json!("2020-02-29"),
        json!("2021-02-29"),
        json!("2020-2-9"),
        json!("2020-02-29T10:00:00Z"),
        json!("2020-02-29 10:00:00"),
        json!("http://a.b/c.png"),
        json!("https://a.b/c.gif"),
        json!("37.786971, -122.399677"),
        json!("95,0"),
        json!({"legs": 4}),
        json!({"legs": "4"}),
        json!({"name": "x"}),
        json!([{"legs": 4}]),
        json!([{"legs": 4}, {}]),
    ]
}

/// A column of the rows that have one of these reasons, or of all.
fn column(table: &Path, name: &str, reasons: &[&str]) -> BTreeSet<String> {
    let bytes = fs::read(table).unwrap();
    let mut reader = csv::Reader::from_reader(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes));
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name);
    let wanted = |row: &csv::StringRecord| at("reason").is_none_or(|reason| reasons.contains(&&row[reason]));
    let rows: Vec<_> = reader.into_records().map(Result::unwrap).filter(wanted).collect();
    rows.iter().map(|row| row[at(name).unwrap()].to_owned()).collect()
}

#[test]
fn what_transform_rejects_or_converts_is_what_the_project_refuses() {
    let workdir = Workdir::new();
    let file = workdir.path("schemas.json");
    fs::write(&file, schemas().to_string()).unwrap();
    let keys = schemas()["schemas"][0]["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut lines = String::new();
    for (key, value) in keys.iter().flat_map(|key| values().into_iter().map(move |value| (key, value))) {
        let mut metadata = json!({"required": "here"});
        metadata[key] = value;
        let id = format!("{key} {}", metadata[key]);
        let profile = json!({
            "segment_id": id, "external_ids": [{"id": id, "type": "user_id"}], "traits": {"metadata": metadata},
        });
        lines.push_str(&profile.to_string());
        lines.push('\n');
    }
    fs::write(workdir.path("in.ndjson"), lines).unwrap();
    workdir.run(&["transform", "in.ndjson", "-o", "checked", "--metadata-schema", "schemas.json"], 0);
    workdir.run(&["transform", "in.ndjson", "-o", "unchecked"], 0);

    let refused = |batches: &str, exit_code| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let voucherify = VoucherifyOptions { metadata_schema: Some(file.clone()), ..quick() };
        let options = SandboxOptions { profiles: 0, voucherify, ..SandboxOptions::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        let mut upload = workdir.command();
        upload.args(["upload", batches]).env("VOUCHERIFY_API_URL", sandbox.voucherify_url());
        upload.env("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID).env("VOUCHERIFY_SECRET_KEY", SECRET_KEY);
        workdir.check(&mut upload, exit_code);
        let receipts = fs::read_dir(workdir.path(batches).join("receipts")).unwrap().next().unwrap().unwrap().path();
        column(&receipts.join("refused.csv"), "source_id", &[])
    };
    assert_eq!(refused("checked", 0), BTreeSet::new());
    let rejected =
        column(&workdir.path("checked/rejects.csv"), "source_id", &["metadata_invalid", "metadata_required"]);
    let converted = column(&workdir.path("checked/warnings.csv"), "source_id", &["converted"]);
    assert!(rejected.len() > 400 && converted.len() > 20, "{} {}", rejected.len(), converted.len());
    let expected: BTreeSet<String> = rejected.union(&converted).cloned().collect();
    let refused = refused("unchecked", 3);
    let differences: Vec<_> = refused.symmetric_difference(&expected).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}
