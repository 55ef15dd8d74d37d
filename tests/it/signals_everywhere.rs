//! A signal at a place where something is written, whichever command is at it: the run ends with 130, nothing temporary is
//! left, and the same command comes to the same end.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use crate::{fixtures, workdir::Workdir};

const SIGNALS: [&str; 3] = ["2", "15", "1"];

/// Every file below a folder but locks; a page without the line that says when it was made.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut content = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if !entry.ends_with(".lock") {
                let name = entry.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                let mut bytes = fs::read(entry).unwrap();
                if name == "report.html" {
                    let page = String::from_utf8(bytes).unwrap();
                    let (before, made) = page.split_once("Segment to Voucherify · ").unwrap();
                    bytes = [before, made.split_once(" UTC</p>").unwrap().1].concat().into_bytes();
                }
                content.insert(name, bytes);
            }
        }
    }
    content
}

fn names(content: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    content.keys().map(String::as_str).collect()
}

/// Signals a command at some of its writes, and runs it again; gives how often a signal came before its end.
fn signalled(arguments: &[&str], code: i32, prepare: impl Fn() -> Workdir) -> u32 {
    let command = |workdir: &Workdir| -> Command {
        let mut command = workdir.command();
        command.args(arguments).env("TMPDIR", workdir.path("tmp"));
        fs::create_dir_all(workdir.path("tmp")).unwrap();
        command
    };
    let whole = prepare();
    whole.check(&mut command(&whole), code);
    let whole = content(&whole.path(""));
    let mut came = 0;
    for (number, place) in [1, 2, 3, 4, 6, 9, 12, 17].into_iter().enumerate() {
        let (workdir, signal) = (prepare(), SIGNALS[number % 3]);
        let mut first = command(&workdir);
        first.env("DIE_AT_WRITE", place.to_string()).env("SIGNAL_AT_WRITE", signal);
        let output = first.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let there = content(&workdir.path(""));
        let left = names(&there).into_iter().find(|name| name.contains(".unfinished-") || name.contains(".staging"));
        assert_eq!(left, None, "{arguments:?}, signal {signal} at write {place}: {stderr}");
        match output.status.code() {
            Some(130) => {
                came += 1;
                assert!(stderr.contains("interrupted"), "{arguments:?}, signal {signal} at write {place}: {stderr}");
            }
            // At its last writes it comes to its end.
            other => assert_eq!(other, Some(code), "{arguments:?}, signal {signal} at write {place}: {stderr}"),
        }
        workdir.check(&mut command(&workdir), code);
        let again = content(&workdir.path(""));
        assert!(again == whole, "{arguments:?}, signal {signal} at write {place}: {:?}", names(&again));
    }
    came
}

/// A small migration, with three shares of its archive.
fn shares() -> Workdir {
    let workdir = fixtures::of_version_0_1_0();
    fs::remove_dir_all(workdir.path("batches")).unwrap();
    for share in ["0/3", "1/3", "2/3"] {
        workdir.run(&["transform", "--partition", share, "-o", &format!("share-{}", &share[..1])], 0);
    }
    workdir
}

#[test]
fn a_transform_is_left_wherever_it_is() {
    let prepare = || {
        let workdir = fixtures::of_version_0_1_0();
        fs::remove_dir_all(workdir.path("batches")).unwrap();
        workdir
    };
    assert!(signalled(&["transform", "--batch-customers", "2"], 0, prepare) >= 5);
    assert!(signalled(&["transform", "-o", "-", "--plain"], 0, prepare) >= 2);
}

#[test]
fn gathering_is_left_wherever_it_is() {
    assert!(signalled(&["gather", "share-0", "share-1", "share-2"], 0, shares) >= 5);
}

#[test]
fn tables_and_pages_are_left_wherever_they_are() {
    assert!(signalled(&["diff", "share-0", "share-1", "-o", "diff.csv"], 0, shares) >= 1);
    assert!(signalled(&["report", "-o", "report.html"], 0, fixtures::of_version_0_1_0) >= 1);
}
