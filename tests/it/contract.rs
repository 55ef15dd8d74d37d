//! The bodies of bulk requests against the vendor's own OpenAPI, where there is a copy of it.

use std::{env, fs};

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

use crate::workdir::Workdir;

/// Names the file; `.ci/run` sets it.
const VARIABLE: &str = "VOUCHERIFY_OPENAPI";

#[test]
#[expect(clippy::print_stderr, reason = "a test that checks nothing has to say so")]
fn every_batch_is_a_body_that_the_bulk_endpoint_takes() {
    let Some(path) = env::var_os(VARIABLE) else {
        eprintln!("skipped: `{VARIABLE}` names no copy of the vendor's OpenAPI");
        return;
    };
    let validator = bulk_request(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
    assert!(!validator.is_valid(&json!([{ "source_id": 7 }])), "the schema must be able to refuse");
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--profiles", "400", "--write", "people"], 0);
    for arguments in [&[][..], &["--preset", "segment-actions"], &["--batch-bytes", "20000"]] {
        let arguments = [&["transform", "people", "--batch-customers", "100"], arguments].concat();
        workdir.run(&arguments, 0);
        let mut batches = 0;
        for entry in fs::read_dir(workdir.path("batches")).unwrap().flatten() {
            if entry.file_name().to_string_lossy().starts_with("batch-") {
                let file = fs::File::open(entry.path()).unwrap();
                let body: Value = serde_json::from_reader(MultiGzDecoder::new(file)).unwrap();
                let errors: Vec<String> = validator
                    .iter_errors(&body)
                    .take(3)
                    .map(|error| format!("{} {error}", error.instance_path()))
                    .collect();
                assert!(errors.is_empty(), "{arguments:?}: {errors:?}");
                batches += 1;
            }
        }
        assert!(batches >= 3, "only {batches} batches");
    }
}

/// The schema of the request body of `POST /v1/customers/bulk/async`, with what it refers to.
fn bulk_request(openapi: &Value) -> jsonschema::Validator {
    let operation = &openapi["paths"]["/v1/customers/bulk/async"]["post"];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{operation}");
    let mut document = schema.clone();
    document["components"] = openapi["components"].clone();
    jsonschema::validator_for(&document).unwrap()
}
