//! The bodies of bulk requests against the vendor's own OpenAPI, where there is a copy of it.

use std::{env, fs};

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

use crate::{
    upload::project::{Project, Says, Script},
    workdir::Workdir,
};

/// Names the file; `.ci/run` sets it.
const VARIABLE: &str = "VOUCHERIFY_OPENAPI";

#[test]
fn every_batch_is_a_body_that_the_bulk_endpoint_takes() {
    let Some(validator) = vendors() else { return };
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

/// Everything that an upload makes of batches: whole ones, pieces of them, and requests that are packed anew.
#[test]
fn every_request_of_an_upload_is_a_body_that_the_bulk_endpoint_takes() {
    let Some(validator) = vendors() else { return };
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--profiles", "200", "--write", "people"], 0);
    workdir.run(&["transform", "people", "--batch-customers", "50"], 0);
    // Requests of more than twenty are too large, and one customer in each action is refused.
    let project = Project::start(Script {
        posted: Box::new(|_, customers| (customers.len() > 20).then(|| Says::status(413, &json!({"statusCode": 413})))),
        ..Script::default()
    });
    workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 0);
    let split = project.bodies();
    let refusing = Project::asking(|_, id| {
        let size: u64 = id.rsplit('_').next().unwrap().parse().unwrap();
        let error = json!({"source_id": if size > 40 { "user-0" } else { "user-none" }, "key": "k"});
        Some(Says::status(
            200,
            &json!({"status": "DONE", "result": {"done_count": size - 1, "failed_count": 1, "errors": [error]}}),
        ))
    });
    workdir.check(&mut refusing.upload_of(&workdir, "batches", &[]), 3);
    refusing.heal();
    let before = refusing.posts();
    workdir.check(&mut refusing.upload_of(&workdir, "batches", &["--retry-refused"]), 0);
    workdir.run(&["transform", "people", "--batch-customers", "35", "--preset", "segment-actions"], 0);
    workdir.check(&mut refusing.upload_of(&workdir, "batches", &["--changed-only"]), 0);
    let again = refusing.bodies().split_off(before);
    assert!(split.iter().any(|body| body.len() < 20) && again.iter().any(|body| body.len() == 1));
    for body in split.into_iter().chain(again) {
        let errors: Vec<String> =
            validator.iter_errors(&Value::Array(body)).take(3).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

/// The validator of bulk requests, where there is a copy of the vendor's OpenAPI.
#[expect(clippy::print_stderr, reason = "a test that checks nothing has to say so")]
fn vendors() -> Option<jsonschema::Validator> {
    let Some(path) = env::var_os(VARIABLE) else {
        eprintln!("skipped: `{VARIABLE}` names no copy of the vendor's OpenAPI");
        return None;
    };
    let validator = bulk_request(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
    assert!(!validator.is_valid(&json!([{ "source_id": 7 }])), "the schema must be able to refuse");
    Some(validator)
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
