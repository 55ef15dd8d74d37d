//! Two processes of any two commands about one folder: the second hears of the first, and both come to their right ends.

use std::{
    fs,
    process::{Child, Command, Stdio},
};

use serde_json::json;

use crate::{
    space::{Space, ids, numbered},
    upload::project::{Project, eventually, input, summary},
    workdir::Workdir,
};

fn said(workdir: &Workdir, command: &mut Command, exit_code: i32) -> String {
    String::from_utf8(workdir.check(command, exit_code).stderr).unwrap()
}

fn quiet(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A project that answers no POST until it is released.
fn holding() -> Project {
    let project = Project::good();
    project.hold();
    project
}

#[test]
fn two_uploads_to_one_target_send_everything_once() {
    let (workdir, project) = (input(&[&[1, 2], &[3], &[4]]), holding());
    let mut first = quiet(&mut project.upload(&workdir, &[]));
    eventually("the first POST", || project.posts() >= 1);
    for flags in [&[][..], &["--force"], &["--retry-refused"]] {
        let words = said(&workdir, &mut project.upload(&workdir, flags), 1);
        let holder = format!("`receipts/{}` is in use by process {} on ", project.target(), first.id());
        assert!(words.contains(&holder) && words.contains("kept: everything: this run changed nothing"), "{words}");
    }
    // Another target is nobody's business.
    let other = Project::good();
    workdir.check(&mut other.upload(&workdir, &[]), 0);
    project.release();
    assert!(first.wait().unwrap().success());
    assert_eq!((project.posts(), other.posts()), (3, 3));
    let again = summary(&workdir.check(&mut project.upload(&workdir, &[]), 0).stdout);
    assert_eq!((&again["done"], project.posts()), (&json!(4), 3));
}

#[test]
fn batches_are_not_replaced_while_they_are_sent() {
    let (workdir, project) = (Workdir::new(), holding());
    workdir.run(&["sandbox", "--profiles", "60", "--write", "people"], 0);
    workdir.run(&["transform", "people", "--batch-customers", "20"], 0);
    let manifest = fs::read(workdir.path("batches/manifest.json")).unwrap();
    let mut first = quiet(&mut project.upload_of(&workdir, "batches", &[]));
    eventually("the first POST", || project.posts() >= 1);
    for arguments in [&["transform", "people", "--batch-customers", "7"][..], &["gather", "batches", "-o", "batches"]] {
        let output = workdir.command().args(arguments).output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code();
        let holder = format!("`batches` is in use by process {} on ", first.id());
        // Gathering a folder into itself is a mistake of its own.
        assert!(code == Some(1) && words.contains(&holder) || code == Some(2), "{arguments:?}: {code:?} {words}");
    }
    project.release();
    assert!(first.wait().unwrap().success());
    assert_eq!(fs::read(workdir.path("batches/manifest.json")).unwrap(), manifest);
    // Readers do not keep each other out.
    let other = holding();
    let mut reader = quiet(&mut other.upload_of(&workdir, "batches", &[]));
    eventually("the first POST of another", || other.posts() >= 1);
    workdir.run(&["status", "batches"], 0);
    workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 0);
    reader.kill().unwrap();
    reader.wait().unwrap();
    workdir.run(&["transform", "people", "--batch-customers", "7"], 0);
}

#[test]
fn a_gathering_and_a_transform_into_one_folder_do_not_meet() {
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--profiles", "40", "--write", "people"], 0);
    for (share, folder) in [("0/2", "a"), ("1/2", "b")] {
        workdir.run(&["transform", "people", "--partition", share, "-o", folder], 0);
    }
    let mut waits = workdir.command();
    let mut first = quiet(waits.args(["transform", "-", "-o", "whole"]).stdin(Stdio::piped()));
    eventually("a lock", || fs::read_to_string(workdir.path("whole/.lock")).is_ok_and(|text| text.contains("process")));
    let words = said(&workdir, workdir.command().args(["gather", "a", "b", "-o", "whole"]), 1);
    assert!(words.contains(&format!("`whole` is in use by process {} on ", first.id())), "{words}");
    drop(first.stdin.take());
    // Nothing came: it ends with 1, and what it held is free.
    assert_eq!(first.wait().unwrap().code(), Some(1));
    workdir.run(&["gather", "a", "b", "-o", "whole"], 0);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(workdir.path("whole/manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["books"]["read"], 40);
}

/// What may lie where a lock is: none of it holds anything.
const STALE: [&[u8]; 6] = [
    b"",
    b"process 1 on elsewhere, exporting into this folder since 2020-01-01 00:00:00 UTC\n",
    b"\x00\xff\xfe garbage",
    b"process 18446744073709551616 on",
    b"\x1b[2J",
    &[b'x'; 5_000],
];

#[test]
fn what_a_dead_process_left_of_its_lock_keeps_nobody_out() {
    for stale in STALE {
        let (space, project) = (Space::profiles(30), Project::good());
        let workdir = Workdir::new();
        let leave = |folder: &str| {
            fs::create_dir_all(workdir.path(folder)).unwrap();
            fs::write(workdir.path(folder).join(".lock"), stale).unwrap();
        };
        leave("export");
        workdir.check(&mut space.export(&workdir, &[]), 0);
        assert_eq!(ids(&workdir.path("export")), numbered(0..30));
        leave("batches");
        workdir.run(&["transform"], 0);
        leave("batches");
        leave(&format!("batches/receipts/{}", project.target()));
        workdir.check(&mut project.upload_of(&workdir, "batches", &[]), 0);
        let again = said(&workdir, &mut project.upload_of(&workdir, "batches", &[]), 0);
        assert!(!again.contains("\u{1b}[2J"), "{again}");
    }
}

#[test]
fn a_process_that_is_killed_while_it_writes_leaves_a_folder_that_goes_on() {
    for signal in ["-KILL", "-ABRT"] {
        let space = Space::profiles(600);
        space.hold_after(200);
        let workdir = Workdir::new();
        let mut first = quiet(&mut space.export(&workdir, &["--sweeps", "0"]));
        assert!(space.saw(150, &mut first));
        assert!(Command::new("kill").args([signal, &first.id().to_string()]).status().unwrap().success());
        assert_eq!(first.wait().unwrap().code(), None);
        space.release();
        // As the machine that takes over would have it: the same folder, and a lock that says another host.
        let lock = workdir.path("export/.lock");
        fs::write(&lock, fs::read_to_string(&lock).unwrap().replace(" on ", " on some-other-")).unwrap();
        let words = said(&workdir, &mut space.export(&workdir, &["--sweeps", "0"]), 0);
        assert!(!words.contains("in use"), "{words}");
        let found = ids(&workdir.path("export"));
        assert_eq!(found.len(), 600, "{signal}");
        assert_eq!(found.into_iter().collect::<std::collections::BTreeSet<_>>().len(), 600, "{signal}");
        let left: Vec<_> = fs::read_dir(workdir.path("export"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains(".unfinished-"))
            .collect();
        assert!(left.is_empty(), "{signal}: {left:?}");
    }
}
