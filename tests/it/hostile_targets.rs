//! What is kept of a target, its images and its undo, spoilt by somebody: a pipe, a device, a folder, a link elsewhere in the
//! place of any file. Every command that reads it ends by itself, with a known exit code, and touches nothing outside.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;

use crate::{
    undo::with_customers,
    upload::project::{eventually, side_by_side},
    verify::Migration,
};

/// Files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for path in fs::read_dir(inner).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn spoil(file: &Path, what: &str, elsewhere: &Path) {
    fs::remove_file(file).unwrap();
    match what {
        "a pipe" => assert!(Command::new("mkfifo").arg(file).status().unwrap().success()),
        "a device" => symlink("/dev/zero", file).unwrap(),
        "a link" => symlink(elsewhere, file).unwrap(),
        _ => fs::create_dir(file).unwrap(),
    }
}

/// An upload with a before-image, and the plan of its undo.
fn planned() -> Migration {
    let migration = with_customers(6, VoucherifyOptions::default());
    migration.workdir.check(&mut migration.command(&["upload", "--keep-before"]), 0);
    migration.workdir.check(&mut migration.command(&["undo"]), 0);
    migration
}

fn ends(migration: &Migration, arguments: &[&str], what: &str) {
    let mut command = migration.command(arguments);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
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
    assert!(!stderr.chars().any(|one| one.is_control() && one != '\n'), "{arguments:?}: {what}\n{stderr}");
}

#[test]
fn whatever_lies_in_the_place_of_what_is_kept_of_a_target_every_command_ends() {
    const COMMANDS: [&[&str]; 6] = [
        &["undo", "--yes", "--delete-created"],
        &["verify", "--before", "1"],
        &["verify"],
        &["upload", "--keep-before"],
        &["status", "--verify"],
        &["report"],
    ];
    let count = files(&planned().target()).len();
    assert!(count >= 10, "receipts, image and plan: {count}");
    let cases: Vec<(usize, usize, &str)> = (0..count)
        .flat_map(|file| {
            ["a pipe", "a device", "a link", "a folder"].into_iter().enumerate().map(move |(at, what)| (file, at, what))
        })
        .collect();
    side_by_side(&cases, |(number, at, what)| {
        let migration = planned();
        let file = files(&migration.target()).swap_remove(*number);
        let elsewhere = migration.workdir.path("elsewhere");
        fs::write(&elsewhere, "kept\n").unwrap();
        spoil(&file, what, &elsewhere);
        for command in COMMANDS.iter().skip((number + at) % 3).step_by(3) {
            ends(&migration, command, &format!("{what} for `{}`", file.display()));
        }
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "kept\n", "{what} for `{}`", file.display());
    });
}

#[test]
fn names_of_folders_are_shown_and_no_more() {
    let migration = with_customers(3, VoucherifyOptions::default());
    for (number, name) in ["a\u{1b}[2Jb", "two\nlines", "; touch harmed #"].into_iter().enumerate() {
        let share = format!("{number}/3");
        migration.workdir.run(&["transform", "people.ndjson", "--partition", &share, "-o", name], 0);
        for arguments in [&["upload", name, "--keep-before"][..], &["verify", name], &["undo", name], &["status", name]]
        {
            ends(&migration, arguments, name);
        }
    }
    let shares = ["a\u{1b}[2Jb", "two\nlines", "; touch harmed #"];
    ends(&migration, &[&["gather"], &shares[..], &["-o", "whole\u{7}"]].concat(), "gather");
    assert!(!migration.workdir.path("harmed").exists());
}

#[test]
fn an_input_without_end_in_which_nobody_is_found_is_left() {
    let workdir = crate::workdir::Workdir::new();
    let mut endless = Command::new("yes").arg("nobody").stdout(Stdio::piped()).spawn().unwrap();
    let mut command = workdir.command();
    command.args(["transform", "-", "-o", "new"]).stdin(endless.stdout.take().unwrap()).stderr(Stdio::piped());
    let output = command.output().unwrap();
    endless.kill().ok();
    endless.wait().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("lines are no profiles"), "{stderr}");
    assert!(!workdir.path("new/manifest.json").exists() && !workdir.path("new/.staging").exists());
    eventually("nothing is left", || fs::read_dir(workdir.path("new")).map_or(0, Iterator::count) <= 1);
}
