//! What is given twice, is nothing, is no input, or is no place for an output; and plans where nothing can be written.

use std::{
    ffi::OsStr,
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{PermissionsExt, symlink},
    },
    process::{Command, Stdio},
};

use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;
use serde_json::{Value, json};

use crate::{
    upload::project::{Project, input, summary},
    verify::Migration,
    workdir::Workdir,
};

fn json_of(stdout: &[u8]) -> Value {
    serde_json::from_slice(stdout).unwrap()
}

/// Runs a command line of a shell in the folder, and insists on its exit code; gives what was said.
fn shell(workdir: &Workdir, line: &str, environment: &Command, exit_code: i32) -> String {
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("set -o pipefail; {line}")]).current_dir(workdir.path("")).env_clear();
    shell.envs(environment.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = workdir.check(shell.stdin(Stdio::null()), exit_code);
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_input_is_read_once_however_often_and_however_spelt_it_is_given() {
    let migration = Migration::of(12, VoucherifyOptions::default());
    let workdir = &migration.workdir;
    symlink("batches", workdir.path("link")).unwrap();
    symlink("people.ndjson", workdir.path("people")).unwrap();
    let batch = "batches/batch-000001.json.gz";
    for inputs in
        [["batches", "batches"], ["batches", "./batches/"], ["batches", "link"], ["link", batch], [batch, "link"]]
    {
        let mut command = migration.command(&["upload", "--dry-run", "--json"]);
        let output = workdir.check(command.args(inputs), 0);
        let plan = json_of(&output.stdout);
        assert_eq!((&plan["batches"], &plan["customers"]), (&json!(2), &json!(12)), "{inputs:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("was given before") && said.contains("taken once"), "{inputs:?}: {said}");
    }
    for inputs in [["people.ndjson", "people.ndjson"], ["people", "./people.ndjson"], ["people.ndjson", "people*"]] {
        let output = workdir.check(workdir.command().args(["transform", "-o", "again", "--json"]).args(inputs), 0);
        let books = &json_of(&output.stdout)["books"];
        assert_eq!((&books["read"], &books["rejected"]), (&json!(12), &json!(0)), "{inputs:?}");
        let output = workdir.check(workdir.command().args(["inspect", "--json"]).args(inputs), 0);
        assert_eq!(json_of(&output.stdout)["profiles"], 12, "{inputs:?}");
    }
    let output = workdir.check(workdir.command().args(["status", "batches", "link", "--json"]), 0);
    assert_eq!(json_of(&output.stdout)["rows"].as_array().unwrap().len(), 2);
    // Other folders of the same people are others.
    let output = workdir.check(workdir.command().args(["status", "batches", "again", "--json"]), 0);
    assert_eq!(json_of(&output.stdout)["rows"].as_array().unwrap().len(), 4);
}

#[test]
fn a_pipe_whose_writer_gave_nothing_is_an_error_and_one_without_batches_is_none() {
    let migration = Migration::of(1, VoucherifyOptions::default());
    let workdir = &migration.workdir;
    fs::write(workdir.path("nobody"), r#"{"segment_id":"use_1","external_ids":[],"traits":{}}"#).unwrap();
    let upload = migration.command(&[]);
    let ours = "segment-to-voucherify";
    for nothing in [":", "cat /dev/null", "true | gzip -d 2>/dev/null; true"] {
        for flags in ["", "--dry-run", "--no-wait", "--changed-only"] {
            let said = shell(workdir, &format!("{{ {nothing}; }} | {ours} upload - {flags}"), &upload, 1);
            assert!(said.contains("standard input held nothing at all"), "{said}");
        }
    }
    for whole in ["", "--plain", "| gunzip", "--plain | gzip", "| cat"] {
        let said = shell(workdir, &format!("{ours} transform nobody -o - {whole} | {ours} upload -"), &upload, 0);
        assert!(said.contains("sent 0 = done 0 + refused 0 + unknown 0"), "{whole}: {said}");
    }
    // Who writes into a pipe and fails leaves something that is cut.
    let said = shell(workdir, &format!("{ours} transform missing -o - | {ours} upload -"), &upload, 1);
    assert!(said.contains("there is no file or folder `missing`"), "{said}");
}

#[test]
fn a_plan_needs_no_place_to_write_to() {
    let (workdir, project) = (input(&[&[1, 2]]), Project::good());
    let plan = workdir.check(&mut project.upload(&workdir, &["--dry-run"]), 0);
    assert_eq!(summary(&plan.stdout)["customers"], 2);
    let mut left: Vec<_> = fs::read_dir(workdir.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["input.ndjson"], "nothing was made");

    let migration = Migration::uploaded(3, VoucherifyOptions::default());
    let files = |migration: &Migration| {
        let found = Command::new("find").arg(migration.workdir.path("")).args(["-printf", "%p %T@ %s\n"]).output();
        String::from_utf8(found.unwrap().stdout).unwrap()
    };
    fs::remove_file(migration.workdir.path("batches/.lock")).unwrap();
    let before = files(&migration);
    for command in [&["upload", "--dry-run", "--force"][..], &["verify", "--dry-run"]] {
        migration.workdir.check(&mut migration.command(command), 0);
        assert_eq!(files(&migration), before, "{command:?}");
    }
    // Who is not allowed to write may plan all the same.
    let folder = migration.workdir.path("batches");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    migration.workdir.check(&mut migration.command(&["upload", "--dry-run"]), 0);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn what_is_no_input_is_told_with_what_to_do() {
    let migration = Migration::of(1, VoucherifyOptions::default());
    let workdir = &migration.workdir;
    symlink("loop", workdir.path("loop")).unwrap();
    let pipe = Command::new("mkfifo").arg(workdir.path("a pipe")).status().unwrap();
    assert!(pipe.success());
    fs::write(workdir.path("ids"), "\n\n").unwrap();
    for folder in ["archive", "linked", "gone"] {
        workdir.run(&["sandbox", "--profiles", "3", "--write", folder], 0);
    }
    fs::remove_file(workdir.path("linked/manifest.json")).unwrap();
    symlink("../archive/manifest.json", workdir.path("linked/manifest.json")).unwrap();
    fs::remove_file(workdir.path("gone/profiles-000001.ndjson.gz")).unwrap();
    let long = "x".repeat(300);
    let again = "run the same command again: `segment-to-voucherify";
    for (arguments, exit_code, what, then) in [
        (&["status", "loop"][..], 1, "Too many levels of symbolic links", "a link there leads back to itself"),
        (&["transform", "people.ndjson", "-o", "loop"], 1, "Too many levels of symbolic links", again),
        (&["transform", "people.ndjson", "-o", &long], 1, "File name too long", "hint: give a shorter name"),
        (
            &["upload", "/dev/null"],
            2,
            "`/dev/null` is neither a file nor a folder",
            "`segment-to-voucherify upload - < /dev/null`",
        ),
        (&["upload", "a pipe"], 2, "`a pipe` is neither", "`segment-to-voucherify upload - < 'a pipe'`"),
        (&["explain", "u001", "--batches", "archive"], 2, "`archive` is an archive", "give another folder here"),
        (&["report", "--batches", "archive"], 2, "`archive` is an archive", "give another folder here"),
        (&["report", "--archive", "batches"], 2, "`batches` is a folder of batches", "give another folder here"),
        (
            &["transform", "linked", "-o", "t"],
            1,
            "`linked/manifest.json`: a folder of ours",
            "put the file itself in its place",
        ),
        (&["inspect", "gone"], 1, "cannot read `gone/profiles-000001.ndjson.gz`", "bring the original back"),
        (&["upload", "nothing"], 2, "there is no file or folder `nothing`", "segment-to-voucherify transform"),
        (&["export", "--ids-from", "ids"], 2, "identifiers from `ids`: no line of it holds", "one identifier a line"),
        (&["export", "--id-types", ""], 2, "`--id-types` names an empty type", "as in `--id-types user_id,email`"),
        (&["export", "--identified-only", "a,,b"], 2, "`--identified-only` names an empty type", "user_id,email"),
        (&["export", "--ids-from", "-"], 2, "identifiers from `-`: no line of it holds", "one identifier a line"),
    ] {
        let mut command = migration.command(arguments);
        command.envs([("SEGMENT_SPACE_ID", "spa"), ("SEGMENT_ACCESS_TOKEN", "token")]).stdin(Stdio::null());
        let said = String::from_utf8(workdir.check(&mut command, exit_code).stderr).unwrap();
        assert!(said.contains(what) && said.contains(then), "{arguments:?}: {said}");
    }
}

#[test]
fn an_output_that_nobody_keeps_and_a_name_that_no_manifest_keeps_are_told() {
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--profiles", "3", "--write", "export"], 0);
    let through_a_shell = |output: &str| {
        let mut command = workdir.command();
        let program = command.get_program().to_owned();
        command = Command::new("sh");
        command.args(["-c", &format!("\"$0\" transform -o - {output}")]).arg(program).current_dir(workdir.path(""));
        String::from_utf8(workdir.check(&mut command, 0).stderr).unwrap()
    };
    let lost = "standard output is closed, or is `/dev/null`: what goes there is kept nowhere";
    assert!(through_a_shell(">&-").contains(lost));
    for kept in ["", "> /dev/null", "> file", "| cat"] {
        assert!(!through_a_shell(kept).contains(lost), "{kept}");
    }
    let odd = OsStr::from_bytes(b"o\xffdd");
    let mut command = workdir.command();
    let said = String::from_utf8(workdir.check(command.args(["transform", "-o"]).arg(odd), 0).stderr).unwrap();
    assert!(
        said.contains("`o\u{fffd}dd` is not UTF-8: what is written has U+FFFD in it") && said.contains("rename it")
    );
    // What is suggested at once names it as it is.
    assert!(said.contains("next  segment-to-voucherify upload $'o\\377dd'"), "{said}");
    workdir.check(workdir.command().arg("status").arg(odd), 0);
}

#[test]
fn files_of_a_folder_are_no_place_for_tables_and_pages() {
    let migration = Migration::uploaded(3, VoucherifyOptions::default());
    let workdir = &migration.workdir;
    workdir.run(&["transform", "people.ndjson", "-o", "trial"], 0);
    let files = || {
        let line = "find batches trial -type f ! -name .lock ! -path '*/receipts/*' -exec sha256sum {} + | sort";
        let found = Command::new("sh").args(["-c", line]).current_dir(workdir.path("")).output().unwrap();
        String::from_utf8(found.stdout).unwrap()
    };
    let before = files();
    let batch = "batches/batch-000001.json.gz";
    for arguments in [
        &["report", "--archive", "none", "-o", batch][..],
        &["report", "--archive", "none", "-o", "batches/origins-000001.csv.gz"],
        &["diff", "batches", "trial", "-o", batch],
        &["diff", "batches", "trial", "-o", "trial/rejects.csv"],
        &["schema", "-o", "batches/manifest.json"],
        &["upload", "--force", "--outcomes", "batches/warnings.csv"],
        &["transform", "people.ndjson", "-o", "-", "--rejects", "batches/rejects.csv"],
        &["transform", "people.ndjson", "-o", "trial", "--skipped", "trial/rejects.csv"],
        &["transform", "people.ndjson", "-o", "new", "--skipped", "./new/manifest.json"],
    ] {
        let said = String::from_utf8(workdir.check(&mut migration.command(arguments), 2).stderr).unwrap();
        assert!(said.contains("which is one of the files of `") && said.contains("give another place"), "{said}");
        assert_eq!(files(), before, "{arguments:?}");
    }
    // Where nothing can be written that is known before anything is done.
    let posts = migration.sandbox.counts().bulk_posts;
    for (arguments, said) in [
        (&["upload", "--force", "--outcomes", "no such/o.csv"][..], "there is no folder `no such`"),
        (&["upload", "--force", "--outcomes", "trial"], "`--outcomes` is `trial`, which is a folder"),
        (&["report", "--archive", "none", "-o", "nowhere/r.html"], "make it: `mkdir -p nowhere`"),
        (&["report", "--archive", "none", "-o", "."], "`-o` is `.`, which is a folder"),
        (&["schema", "-o", "nowhere/s.json"], "there is no folder `nowhere`"),
        (&["diff", "batches", "trial", "-o", "nowhere/d.csv"], "there is no folder `nowhere`"),
        (&["transform", "people.ndjson", "-o", "-", "--rejects", "nowhere/r.csv"], "there is no folder `nowhere`"),
        (&["upload", "batches/receipts"], "so it is no folder of batches\nhint: name one, or make it:"),
    ] {
        let told = String::from_utf8(workdir.check(&mut migration.command(arguments), 2).stderr).unwrap();
        assert!(told.contains(said), "{arguments:?}: {told}");
    }
    assert_eq!(migration.sandbox.counts().bulk_posts, posts, "nothing was sent");
    for arguments in [
        &["report", "--archive", "none", "-o", "batches/report.html"][..],
        &["diff", "batches", "trial", "-o", "trial/diff.csv"],
        &["schema", "-o", "schema.json"],
        &["transform", "people.ndjson", "-o", "trial", "--skipped", "trial/skipped.csv"],
    ] {
        workdir.check(&mut migration.command(arguments), 0);
    }
    let idle = ["transform", "people.ndjson", "-o", "trial", "--rejects", "r.csv", "--plain"];
    let said = String::from_utf8(workdir.run(&idle, 0).stderr).unwrap();
    assert!(said.contains("`--rejects` goes with `-o -`; in a folder the table is `trial/rejects.csv`"), "{said}");
    assert!(said.contains("`--plain` goes with `-o -`"), "{said}");
}

#[test]
fn where_nobody_became_a_customer_nothing_is_suggested_to_be_sent() {
    let migration = Migration::of(2, VoucherifyOptions::default());
    let arguments = ["transform", "people.ndjson", "-o", "nobody", "--identifier", " nope "];
    let said = String::from_utf8(migration.workdir.run(&arguments, 0).stderr).unwrap();
    assert!(said.contains("read 2 = customers 0 + rejected 2"), "{said}");
    assert!(said.contains("next  segment-to-voucherify inspect people.ndjson --identifier nope"), "{said}");
    assert!(!said.contains("segment-to-voucherify upload"), "{said}");
}

/// A pattern names archives and files alike, whatever letters their names have; what it cannot look into is told.
#[test]
fn a_pattern_names_archives_too_and_passes_nobody_over() {
    use std::os::unix::ffi::OsStrExt;
    let workdir = Workdir::new();
    for (folder, seed) in [("export-1", "1"), ("export-2", "2")] {
        workdir.run(&["sandbox", "--profiles", "3", "--seed", seed, "--write", folder], 0);
    }
    let line = |id: &str| format!("{{\"segment_id\":\"{id}\",\"external_ids\":{{\"user_id\":\"{id}\"}}}}\n");
    fs::write(workdir.path("export-a.ndjson"), line("a")).unwrap();
    fs::write(workdir.path("").join(std::ffi::OsStr::from_bytes(b"export-\xe9.ndjson")), line("e")).unwrap();
    fs::write(workdir.path(".export-hidden.ndjson"), line("h")).unwrap();
    let output = workdir.run(&["transform", "export-*", "--json"], 0);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["books"]["read"], 8, "{summary}");
    let inputs: Vec<&str> =
        summary["inputs"].as_array().unwrap().iter().map(|it| it["file"].as_str().unwrap()).collect();
    let part = "profiles-000001.ndjson.gz";
    assert_eq!(inputs, [part, part, "export-a.ndjson", "export-\u{fffd}.ndjson"]);
}
