//! Transform through the binary: formats, equal bytes, bad input, and death at every write.

use std::{
    fs,
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;

use crate::workdir::Workdir;

/// `count` profiles, one in five without identifier, and a line that is no profile at the end.
fn lines(count: usize) -> String {
    let profile = |number: usize| {
        let kind = if number.is_multiple_of(5) { "anonymous_id" } else { "user_id" };
        format!(
            r#"{{"segment_id":"use_{number}","external_ids":[{{"id":"u{number}","type":"{kind}"}}],"traits":{{"name":"Zoë {number}","phone":{number}}}}}"#
        ) + "\n"
    };
    (1..=count).map(profile).collect::<String>() + "no profile\n"
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(path: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// Name and content of every file in a folder.
fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file() && entry.file_name() != ".lock")
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn everything_that_goes_in_comes_out_whatever_the_threads() {
    let workdir = Workdir::new();
    fs::write(workdir.path("profiles.gz"), gzip(&lines(5_000))).unwrap();
    for threads in ["1", "2", "8"] {
        let output = format!("out-{threads}");
        let limits = ["--batch-customers", "1500", "--threads", threads];
        workdir.run(&[&["transform", "profiles.gz", "-o", &output][..], &limits].concat(), 0);
    }
    let first = snapshot(&workdir.path("out-1"));
    assert!(first == snapshot(&workdir.path("out-2")) && first == snapshot(&workdir.path("out-8")));

    let manifest: Value = serde_json::from_slice(&fs::read(workdir.path("out-1/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["books"]["read"], 5_001);
    assert_eq!(manifest["books"]["customers"], 4_000);
    assert_eq!(manifest["books"]["rejected"], 1_001);
    let customers: Vec<u64> =
        manifest["batches"].as_array().unwrap().iter().map(|batch| batch["customers"].as_u64().unwrap()).collect();
    assert_eq!(customers, [1_500, 1_500, 1_000]);
    let batch: Vec<Value> = serde_json::from_str(&gunzip(&workdir.path("out-1/batch-000001.json.gz"))).unwrap();
    assert_eq!(
        batch[0].to_string(),
        r#"{"source_id":"u1","name":"Zoë 1","phone":"1","system_metadata":{"source":"segmentio"}}"#
    );
    let origins = gunzip(&workdir.path("out-1/origins-000001.csv.gz"));
    assert!(origins.starts_with("segment_id,file,line\nuse_1,profiles.gz,1\nuse_2,profiles.gz,2\n"), "{origins:.99}");
    let rejects = fs::read_to_string(workdir.path("out-1/rejects.csv")).unwrap();
    assert!(
        rejects.contains(",malformed_line,,no profile,") && rejects.contains(",profiles.gz,5001"),
        "{rejects:.200}"
    );
}

#[test]
fn batches_are_the_same_from_parts_from_one_file_and_from_a_pipe() {
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--profiles", "2500", "--write", "parts"], 0);
    workdir.run(&["sandbox", "--profiles", "2500", "--single-file", "one.gz"], 0);
    let transform = |input: &str, threads: &str, output: &str| {
        let mut command = workdir.command();
        command.args(["transform", input, "-o", output, "--csv", "plain", "--batch-bytes", "200000"]);
        command.args(["--threads", threads]).stdin(fs::File::open(workdir.path("one.gz")).unwrap());
        workdir.check(&mut command, 0);
        let folder = workdir.path(output);
        let batches: Vec<_> = snapshot(&folder).into_iter().filter(|(name, _)| name.starts_with("batch-")).collect();
        // All but the place of the line, and messages that name a place.
        let table = |name: &str| {
            let rows = csv::Reader::from_path(folder.join(name)).unwrap().into_records();
            rows.map(|row| row.unwrap().iter().take(7).collect::<Vec<_>>().join("|")).collect::<Vec<_>>()
        };
        (batches, table("rejects.csv"), table("warnings.csv"))
    };
    let parts = transform("parts", "2", "from-parts");
    assert!(parts.0.len() > 2 && parts.1.len() > 100 && parts.2.len() > 100, "too little to compare");
    for threads in ["1", "2", "8"] {
        assert!(parts == transform("one.gz", threads, &format!("from-one-{threads}")), "one file, {threads} threads");
        assert!(parts == transform("-", threads, &format!("from-pipe-{threads}")), "a pipe, {threads} threads");
    }
}

#[test]
fn keys_that_the_schema_does_not_define_are_counted_by_key_and_not_listed_by_person() {
    let workdir = Workdir::new();
    let profile = |number: usize, key: &str| {
        let id = format!(r#""segment_id":"use_{number}","external_ids":{{"user_id":"u{number}"}}"#);
        format!(r#"{{{id},"traits":{{"metadata":{{"{key}":1,"plan":"x"}}}}}}"#) + "\n"
    };
    let text: String = (0..30).map(|number| profile(number, if number < 10 { "color" } else { "tier" })).collect();
    fs::write(workdir.path("profiles.ndjson"), text).unwrap();
    let schema = r#"{"schemas":[{"related_object":"customer","allow_defined_only":true,"properties":{}}]}"#;
    fs::write(workdir.path("schema.json"), schema).unwrap();
    let options = ["transform", "profiles.ndjson", "--metadata-schema", "schema.json"];
    let output = workdir.run(&[&options[..], &["--json"]].concat(), 0);
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let counted = serde_json::json!({
        "profiles": 30, "fields": {"metadata.color": 10, "metadata.plan": 30, "metadata.tier": 20}
    });
    assert_eq!(summary["books"]["findings"]["metadata_undefined"], counted);
    assert_eq!(summary["warnings"]["rows"], 0);
    let output = workdir.run(&options, 0);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let told = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("`metadata.plan` 30, `metadata.tier` 20, `metadata.color` 10"), "{stderr}");

    // Where any finding rejects, the people are listed.
    workdir.run(&[&options[..], &["--strict"]].concat(), 0);
    assert_eq!(fs::read_to_string(workdir.path("batches/rejects.csv")).unwrap().lines().count(), 61);
}

#[test]
fn a_folder_made_otherwise_is_replaced_and_the_summary_says_so() {
    let workdir = Workdir::new();
    fs::write(workdir.path("profiles.ndjson"), lines(20)).unwrap();
    let told = |options: &[&str]| {
        let output = workdir.run(&[&["transform", "profiles.ndjson"][..], options].concat(), 0);
        let stderr = String::from_utf8(output.stderr).unwrap();
        stderr.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!told(&["--batch-customers", "5"]).contains("replaced"), "there was nothing before");
    assert!(told(&["--batch-customers", "5"]).contains("nothing changed"));
    let replaced = told(&["--batch-customers", "5", "--csv", "plain"]);
    assert!(replaced.contains("replaced 4 batches made with other `csv`; 4 of them came out the same"), "{replaced}");
    let replaced = told(&["--preset", "segment-actions", "--strict"]);
    assert!(
        replaced
            .contains("replaced 4 batches made with other `batch-customers`, `csv`, `mapping`, `strict`; 0 of them"),
        "{replaced}"
    );
    fs::write(workdir.path("profiles.ndjson"), lines(21)).unwrap();
    let output = workdir.run(&["transform", "profiles.ndjson", "--preset", "segment-actions", "--json", "--strict"], 0);
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["replaced"], serde_json::json!({"batches": 0, "kept": 0, "other_options": []}));
}

#[test]
fn more_rejects_than_allowed_are_told_and_everything_is_written_all_the_same() {
    let workdir = Workdir::new();
    // 4 of 20 have no identifier, and one line is no profile.
    fs::write(workdir.path("profiles.ndjson"), lines(20)).unwrap();
    for (most, exit_code) in [("5", 0), ("4", 3), ("0", 3), ("23.9%", 0), ("23.8%", 3), ("0%", 3), ("100%", 0)] {
        let output = workdir.run(&["transform", "profiles.ndjson", "--max-rejects", most], exit_code);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.contains(&format!("more than `--max-rejects {most}` allows")), exit_code == 3, "{stderr}");
        assert!(workdir.path("batches/manifest.json").exists());
        let pipe = ["transform", "profiles.ndjson", "--max-rejects", most, "-o", "-", "--plain"];
        assert_eq!(workdir.run(&pipe, exit_code).stdout.split(|byte| *byte == b'\n').count(), 2);
    }
    let transform = ["transform", "profiles.ndjson", "--json", "--max-rejects", "4", "--expect-profiles"];
    for (expected, doubts) in [
        ("21", serde_json::json!(["5 profiles were rejected, more than `--max-rejects 4` allows"])),
        (
            "1",
            serde_json::json!([
                "5 profiles were rejected, more than `--max-rejects 4` allows",
                "21 profiles were read, not the 1 of `--expect-profiles`"
            ]),
        ),
    ] {
        let output = workdir.run(&[&transform[..], &[expected]].concat(), 3);
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["doubts"], doubts);
    }
    for wrong in ["-1", "101%", "few", "%"] {
        workdir.run(&["transform", "profiles.ndjson", &format!("--max-rejects={wrong}")], 2);
    }
}

#[test]
fn a_pipe_carries_the_same_batches_and_files_are_private() {
    let workdir = Workdir::new();
    fs::write(workdir.path("profiles.ndjson"), lines(20)).unwrap();
    workdir.run(&["transform", "profiles.ndjson"], 0);
    let piped = workdir.run(&["transform", "profiles.ndjson", "-o", "-", "--plain"], 0);
    assert_eq!(String::from_utf8(piped.stdout).unwrap(), gunzip(&workdir.path("batches/batch-000001.json.gz")));
    assert_eq!(fs::read(workdir.path("rejects.csv")).unwrap(), fs::read(workdir.path("batches/rejects.csv")).unwrap());
    let mode = |name: &str| fs::metadata(workdir.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("batches"), 0o700);
    for (name, _) in snapshot(&workdir.path("batches")) {
        assert_eq!(mode(&format!("batches/{name}")), 0o600, "{name}");
    }
}

#[test]
fn bad_input_is_named_and_leaves_nothing_half_written() {
    let workdir = Workdir::new();
    let whole = gzip(&lines(2_000));
    fs::write(workdir.path("cut.gz"), &whole[..whole.len() / 2]).unwrap();
    fs::create_dir(workdir.path("empty")).unwrap();
    for (input, words, exit_code) in
        [("cut.gz", "`cut.gz` ends in the middle", 1), ("empty", "no `manifest.json`", 2), ("none", "`none`", 2)]
    {
        let output = workdir.run(&["transform", input], exit_code);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(words) && stderr.contains("hint: "), "{stderr}");
        let published = workdir.path("batches").exists() && !snapshot(&workdir.path("batches")).is_empty();
        assert!(!published, "{input} left files under final names");
    }
}

#[test]
fn death_at_any_write_never_leaves_a_mix() {
    let workdir = Workdir::new();
    fs::write(workdir.path("old.ndjson"), lines(30)).unwrap();
    fs::write(workdir.path("new.ndjson"), lines(20)).unwrap();
    workdir.run(&["transform", "new.ndjson", "-o", "expected", "--batch-customers", "6"], 0);
    let expected = snapshot(&workdir.path("expected"));
    let mut deaths = 0;
    loop {
        let _ = fs::remove_dir_all(workdir.path("batches"));
        workdir.run(&["transform", "old.ndjson", "--batch-customers", "6"], 0);
        let before = snapshot(&workdir.path("batches"));
        fs::create_dir(workdir.path("batches/receipts")).unwrap();
        fs::write(workdir.path("batches/receipts/kept"), "").unwrap();
        let again = ["transform", "new.ndjson", "--batch-customers", "6"];
        let died = workdir.command().args(again).env("DIE_AT_WRITE", (deaths + 1).to_string()).output().unwrap();
        let after = snapshot(&workdir.path("batches"));
        // What a dead process left under a temporary name belongs to no folder of batches.
        let after: Vec<_> = after.into_iter().filter(|(name, _)| !name.starts_with(".unfinished-")).collect();
        let unfinished = !after.iter().any(|(name, _)| name == "manifest.json");
        assert!(after == before || after == expected || unfinished, "a mix after death at write {}", deaths + 1);
        workdir.run(&again, 0);
        assert!(snapshot(&workdir.path("batches")) == expected, "not mended after death at write {}", deaths + 1);
        assert!(workdir.path("batches/receipts/kept").exists());
        if died.status.success() {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 20, "only {deaths} places to die at");
}

#[test]
fn killed_at_any_moment_the_next_run_makes_what_an_undisturbed_one_makes() {
    let workdir = Workdir::new();
    fs::write(workdir.path("old.ndjson"), lines(3_000)).unwrap();
    fs::write(workdir.path("new.ndjson"), lines(4_000)).unwrap();
    let options = ["--batch-customers", "100"];
    let began = std::time::Instant::now();
    workdir.run(&[&["transform", "new.ndjson", "-o", "expected"][..], &options].concat(), 0);
    let whole = began.elapsed();
    let expected = snapshot(&workdir.path("expected"));
    workdir.run(&[&["transform", "old.ndjson", "-o", "old"][..], &options].concat(), 0);
    let old = snapshot(&workdir.path("old"));
    let (mut killed, moments) = (0, 12);
    for moment in 0..moments {
        workdir.run(&[&["transform", "old.ndjson"][..], &options].concat(), 0);
        let mut command = workdir.command();
        let mut child = command.args(["transform", "new.ndjson", "-q"]).args(options).spawn().unwrap();
        std::thread::sleep(whole * moment / moments);
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().code().is_none());
        let after = snapshot(&workdir.path("batches"));
        let listed = after.iter().any(|(name, _)| name == "manifest.json");
        let after: Vec<_> = after.into_iter().filter(|(name, _)| !name.starts_with(".unfinished-")).collect();
        assert!(!listed || after == old || after == expected, "a mix after the kill at moment {moment}");
        workdir.run(&[&["transform", "new.ndjson"][..], &options].concat(), 0);
        assert!(snapshot(&workdir.path("batches")) == expected, "not mended after the kill at moment {moment}");
        assert!(!workdir.path("batches/.staging").exists());
    }
    assert!(killed > 0, "every run had ended before it was killed");
}
