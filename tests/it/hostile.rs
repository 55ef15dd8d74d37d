//! Folders that somebody has spoilt: whatever lies where a file of ours should be, and whatever numbers a file holds, a
//! command ends, with a known exit code and without a panic.

use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{fixtures, workdir::Workdir};

/// Commands that read a folder and need no server.
const READERS: [&[&str]; 8] = [
    &["status", "--checksums"],
    &["explain", "use_02"],
    &["report"],
    &["transform", "-o", "new"],
    &["transform"],
    &["inspect"],
    &["diff", "batches", "batches"],
    &["gather", "batches", "-o", "gathered"],
];

/// Files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for path in fs::read_dir(inner).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path.strip_prefix(folder).unwrap().to_owned()) }
        }
    }
    files.sort();
    files
}

/// Runs a command that must end by itself; gives its words.
fn ends(workdir: &Workdir, arguments: &[&str], what: &str) -> String {
    let mut command = workdir.command();
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let until = Instant::now() + Duration::from_mins(2);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("{arguments:?} does not end: {what}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let known = output.status.code().is_some_and(|code| (0..=3).contains(&code));
    assert!(known && !stderr.contains("panicked"), "{arguments:?} ended with {}: {what}\n{stderr}", output.status);
    stderr
}

#[test]
fn whatever_lies_in_the_place_of_a_file_every_command_ends() {
    type Spoil = (&'static str, fn(&Path));
    let spoils: [Spoil; 6] = [
        ("a pipe", |path| {
            fs::remove_file(path).unwrap();
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        }),
        ("a link to a device", |path| {
            fs::remove_file(path).unwrap();
            symlink("/dev/zero", path).unwrap();
        }),
        ("a folder", |path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        }),
        ("a socket", |path| {
            fs::remove_file(path).unwrap();
            // A path of a socket is short, so it is bound elsewhere and moved.
            let short = tempfile::tempdir_in("/tmp").unwrap();
            drop(UnixListener::bind(short.path().join("s")).unwrap());
            let moved = Command::new("mv").arg(short.path().join("s")).arg(path).status().unwrap();
            assert!(moved.success());
        }),
        ("nothing", |path| fs::remove_file(path).unwrap()),
        ("half of it", |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        }),
    ];
    let whole = fixtures::migration();
    for (number, file) in files(&whole.path("")).iter().enumerate() {
        for (place, (what, spoil)) in spoils.iter().enumerate() {
            let workdir = fixtures::migration();
            spoil(&workdir.path(file));
            // Each meets every command in time; a few at once are enough to end soon.
            for reader in READERS.iter().skip((number + place) % 4).step_by(4) {
                ends(&workdir, reader, &format!("{what} for `{}`", file.display()));
            }
        }
    }
}

/// Paths to all numbers of a document, of a list those of its first member.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path.to_owned()),
        Value::Array(members) => {
            members.iter().take(1).for_each(|member| numbers(member, &format!("{path}/0"), found));
        }
        Value::Object(members) => {
            for (name, member) in members {
                numbers(member, &format!("{path}/{}", name.replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

#[test]
fn a_number_beyond_all_counts_is_told_and_nothing_is_added_to_it() {
    let whole = fixtures::migration();
    for file in files(&whole.path("")).iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")) {
        let document: Value = serde_json::from_slice(&fs::read(whole.path(file)).unwrap()).unwrap();
        let mut found = Vec::new();
        numbers(&document, "", &mut found);
        assert!(found.len() > 3, "{}", file.display());
        for (number, pointer) in found.iter().filter(|pointer| *pointer != "/format").enumerate() {
            let workdir = fixtures::migration();
            let mut spoilt = document.clone();
            *spoilt.pointer_mut(pointer).unwrap() = u64::MAX.into();
            fs::write(workdir.path(file), spoilt.to_string()).unwrap();
            for reader in [READERS[number % 8], &["status"]] {
                let what = format!("{pointer} of `{}`", file.display());
                let words = ends(&workdir, reader, &what);
                let told = words.contains("has more than 13 digits");
                let is_a_manifest = file.ends_with("batches/manifest.json");
                assert!(told || reader != ["status"] || !is_a_manifest, "{what}: {words}");
            }
        }
    }
}

#[test]
fn a_list_of_ids_is_no_longer_and_counts_no_further_than_one_of_ours() {
    let pass = "{\"pass\":9999999999,\"listed\":1,\"ids\":[\"use_1\"]}\n";
    let count = "{\"pass\":0,\"listed\":18446744073709551615,\"ids\":[\"use_1\"]}\n";
    for (list, words) in [
        (pass, "line 1: no list was looked through 9999999999 times"),
        (count, "line 1: a number in it has more than 13 digits"),
    ] {
        let workdir = Workdir::new();
        let mut export = workdir.command();
        export.args(["export"]).envs([
            ("SEGMENT_API_URL", "http://127.0.0.1:9"),
            ("SEGMENT_SPACE_ID", "space"),
            ("SEGMENT_ACCESS_TOKEN", "token"),
        ]);
        // It has begun, and could list nothing yet.
        workdir.check(&mut export, 1);
        fs::write(workdir.path("export/listing.ndjson"), list).unwrap();
        let stderr = String::from_utf8(workdir.check(&mut export, 1).stderr).unwrap();
        assert!(stderr.contains(words) && stderr.contains("move the archive away"), "{stderr}");
    }
}
