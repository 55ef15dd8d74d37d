//! Outputs that are devices, pipes or links, and outputs that are what is read: nothing is replaced, nothing destroyed.

use std::{
    fs,
    os::unix::fs::{FileTypeExt, symlink},
    process::{Command, Output, Stdio},
};

use crate::workdir::Workdir;

const PEOPLE: &str = concat!(
    r#"{"segment_id":"use_1","external_ids":[{"type":"user_id","id":"1"}],"traits":{"name":"Ada"}}"#,
    "\n",
    r#"{"segment_id":"use_2","external_ids":[],"traits":{}}"#,
    "\n"
);

fn workdir() -> Workdir {
    let workdir = Workdir::new();
    fs::write(workdir.path("people.ndjson"), PEOPLE).unwrap();
    workdir
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A transform of the two people into a pipe, with other arguments.
fn transform<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["transform", "people.ndjson", "-o", "-", "--csv", "plain"], arguments].concat()
}

#[test]
fn a_link_stays_a_link_and_what_it_leads_to_is_written() {
    let workdir = workdir();
    fs::create_dir(workdir.path("far")).unwrap();
    fs::write(workdir.path("far/rejects.csv"), "old").unwrap();
    symlink("far/rejects.csv", workdir.path("first")).unwrap();
    symlink("first", workdir.path("second")).unwrap();
    symlink("far/new.csv", workdir.path("dangling")).unwrap();
    workdir.run(&transform(&["--rejects", "second", "--warnings", "dangling"]), 0);
    for link in ["first", "second", "dangling"] {
        assert!(fs::symlink_metadata(workdir.path(link)).unwrap().is_symlink(), "{link}");
    }
    let rejects = fs::read_to_string(workdir.path("far/rejects.csv")).unwrap();
    assert!(rejects.contains("use_2,,,,missing_identifier"), "{rejects}");
    assert!(fs::read_to_string(workdir.path("far/new.csv")).unwrap().starts_with("segment_id,"));

    symlink("round", workdir.path("about")).unwrap();
    symlink("about", workdir.path("round")).unwrap();
    let said = stderr(&workdir.run(&transform(&["--rejects", "round"]), 1));
    assert!(said.contains("cannot write `round`: the links lead round in circles"), "{said}");
    let said = stderr(&workdir.run(&transform(&["--rejects", "far"]), 2));
    assert!(said.contains("`--rejects` is `far`, which is a folder"), "{said}");
}

#[test]
fn a_device_stays_a_device() {
    let workdir = workdir();
    let made = Command::new("mknod").arg(workdir.path("null")).args(["c", "1", "3"]).stderr(Stdio::null()).status();
    let null = if made.is_ok_and(|status| status.success()) { "null" } else { "/dev/null" };
    workdir.run(&transform(&["--rejects", null, "--warnings", null]), 0);
    assert!(fs::metadata(workdir.path(null)).unwrap().file_type().is_char_device());
    let said = stderr(&workdir.run(&transform(&["--rejects", "/dev/full"]), 1));
    assert!(said.contains("cannot write `/dev/full`: No space left on device"), "{said}");
}

#[test]
fn a_named_pipe_is_written_to_whoever_reads_it_and_stays() {
    let workdir = workdir();
    assert!(Command::new("mkfifo").arg(workdir.path("pipe")).status().unwrap().success());
    let reader = Command::new("cat").arg(workdir.path("pipe")).stdout(Stdio::piped()).spawn().unwrap();
    workdir.run(&transform(&["--rejects", "pipe"]), 0);
    let read = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(read.lines().count(), 2, "{read}");
    assert!(fs::metadata(workdir.path("pipe")).unwrap().file_type().is_fifo());

    let said = stderr(&workdir.run(&transform(&["--rejects", "pipe"]), 1));
    assert!(said.contains("cannot write `pipe`: nobody opened the named pipe to read within 10 s"), "{said}");
}

#[test]
fn a_stream_that_is_open_already_is_added_to() {
    let workdir = workdir();
    let script = format!(
        "{{ echo before; {} transform people.ndjson -o - --csv plain --rejects /dev/stdout --warnings /dev/null 3>&1 \
         >customers 1>&3; }} >both",
        assert_cmd::cargo::cargo_bin!("segment-to-voucherify").display()
    );
    let said = workdir.check(Command::new("sh").current_dir(workdir.path("")).args(["-c", &script]), 2);
    assert!(stderr(&said).contains("one would overwrite the other"), "{}", stderr(&said));
    assert_eq!(fs::read_to_string(workdir.path("both")).unwrap(), "before\n");

    let script = script.replace("--rejects /dev/stdout", "--rejects /dev/fd/3");
    let script = script.replace("3>&1 >customers 1>&3", "3>&1 >customers");
    workdir.check(Command::new("sh").current_dir(workdir.path("")).args(["-c", &script]), 0);
    let both = fs::read_to_string(workdir.path("both")).unwrap();
    assert!(both.starts_with("before\nsegment_id,") && both.contains("use_2,,,,missing_identifier"), "{both}");
}

#[test]
fn an_output_that_is_read_is_refused_whatever_its_spelling() {
    let workdir = workdir();
    fs::hard_link(workdir.path("people.ndjson"), workdir.path("hard")).unwrap();
    symlink("people.ndjson", workdir.path("soft")).unwrap();
    fs::create_dir(workdir.path("sub")).unwrap();
    for spelling in ["people.ndjson", "./people.ndjson", "sub/../people.ndjson", "hard", "soft"] {
        for option in ["--rejects", "--warnings"] {
            let said = stderr(&workdir.run(&transform(&[option, spelling]), 2));
            assert!(said.contains(&format!("`{option}`")) && said.contains("writing it would destroy"), "{said}");
            assert!(said.contains(&format!("hint: give another place for `{option}`")), "{said}");
        }
    }
    let absolute = workdir.path("people.ndjson");
    workdir.run(&transform(&["--rejects", absolute.to_str().unwrap()]), 2);
    fs::write(workdir.path("mapping.toml"), "").unwrap();
    workdir.run(&transform(&["--mapping", "mapping.toml", "--rejects", "mapping.toml"]), 2);
    fs::write(workdir.path("sheet.csv"), "segment_id,field,corrected_value\nuse_2,source_id,2\n").unwrap();
    workdir.run(&transform(&["--corrections", "sheet.csv", "--rejects", "./sheet.csv"]), 2);
    let into_folder = ["transform", "people.ndjson", "--corrections", "sheet.csv", "--skipped", "./sheet.csv"];
    let said = stderr(&workdir.run(&into_folder, 2));
    assert!(said.contains("`--skipped` `./sheet.csv` and `--corrections` `sheet.csv` are one and the same"), "{said}");
    assert!(fs::read_to_string(workdir.path("sheet.csv")).unwrap().contains("use_2,source_id,2"));
    assert_eq!(fs::read_to_string(workdir.path("people.ndjson")).unwrap(), PEOPLE);

    let appended = fs::File::options().append(true).open(workdir.path("people.ndjson")).unwrap();
    let said = stderr(&workdir.check(workdir.command().args(transform(&[])).stdout(appended), 2));
    assert!(said.contains("`-o` `-` and the input `people.ndjson` are one and the same"), "{said}");
    let from = fs::File::open(workdir.path("people.ndjson")).unwrap();
    let piped = ["transform", "-", "-o", "-", "--rejects", "soft"];
    workdir.check(workdir.command().args(piped).stdin(from), 2);
    assert_eq!(fs::read_to_string(workdir.path("people.ndjson")).unwrap(), PEOPLE);
}

#[test]
fn two_outputs_that_are_one_are_refused() {
    let workdir = workdir();
    fs::write(workdir.path("a"), "kept").unwrap();
    fs::hard_link(workdir.path("a"), workdir.path("b")).unwrap();
    symlink("new", workdir.path("dangling")).unwrap();
    for (rejects, warnings) in [("x", "x"), ("x", "./x"), ("a", "b"), ("new", "dangling")] {
        let said = stderr(&workdir.run(&transform(&["--rejects", rejects, "--warnings", warnings]), 2));
        assert!(said.contains("one would overwrite the other"), "{said}");
    }
    assert_eq!(fs::read_to_string(workdir.path("a")).unwrap(), "kept");
}

/// A hyphen is stdout, whichever table it is, and no file of that name; lines and a table do not both go there.
#[test]
fn a_table_that_is_named_by_a_hyphen_goes_to_stdout() {
    let workdir = workdir();
    workdir.run(&["transform", "people.ndjson"], 0);
    fs::write(workdir.path("mapping.toml"), "[customer]\nsource_id = [\"/external_ids/user_id\"]\n").unwrap();
    workdir.run(&["transform", "people.ndjson", "--mapping", "mapping.toml", "-o", "other", "--skipped", "-"], 0);
    let table = workdir.run(&["diff", "batches", "other", "-o", "-", "--csv", "plain"], 0).stdout;
    assert!(table.starts_with(b"source_id,"), "{}", String::from_utf8_lossy(&table));
    let skipped = workdir.run(&["transform", "people.ndjson", "-o", "third", "--skipped", "-"], 0).stdout;
    assert!(skipped.starts_with(b"\xef\xbb\xbfsegment_id,"), "{}", String::from_utf8_lossy(&skipped));
    for option in ["--rejects", "--warnings", "--skipped"] {
        let said = stderr(&workdir.run(&transform(&[option, "-"]), 2));
        assert!(said.contains(&format!("`{option}`")) && said.contains("`-`"), "{said}");
    }
    assert!(!workdir.path("-").exists());
}

#[test]
fn a_report_or_a_table_of_outcomes_is_not_written_over_what_it_tells_of() {
    let workdir = workdir();
    workdir.run(&["transform", "people.ndjson"], 0);
    let manifest = fs::read(workdir.path("batches/manifest.json")).unwrap();
    let said = stderr(&workdir.run(&["report", "-o", "batches/manifest.json"], 2));
    assert!(said.contains("`-o` and the manifest are both `batches/manifest.json`"), "{said}");
    symlink("batches/batch-000001.json.gz", workdir.path("outcomes.csv")).unwrap();
    for outcomes in ["batches/manifest.json", "outcomes.csv"] {
        let mut upload = workdir.command();
        upload.args(["upload", "--outcomes", outcomes]);
        upload.env("VOUCHERIFY_APPLICATION_ID", "a").env("VOUCHERIFY_SECRET_KEY", "b");
        let said = stderr(&workdir.check(upload.env("VOUCHERIFY_API_URL", "http://127.0.0.1:9"), 2));
        assert!(said.contains("`--outcomes`") && said.contains("writing it would destroy what is read"), "{said}");
    }
    assert_eq!(fs::read(workdir.path("batches/manifest.json")).unwrap(), manifest);

    symlink("page.html", workdir.path("report.html")).unwrap();
    workdir.run(&["report", "-o", "report.html"], 0);
    assert!(fs::symlink_metadata(workdir.path("report.html")).unwrap().is_symlink());
    assert!(fs::read_to_string(workdir.path("page.html")).unwrap().to_lowercase().starts_with("<!doctype html>"));
}
