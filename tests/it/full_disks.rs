//! A disk without room behind any output, as `/dev/full` has none: each command says what could not be written, and ends with 1
//! and the command that goes on.

use std::{fs::OpenOptions, process::Command};

use crate::{fixtures, workdir::Workdir};

const NO_ROOM: &str = "No space left on device (os error 28)";

/// Runs it with a full disk behind standard output where `stdout` says so; gives what it said.
fn said(workdir: &Workdir, arguments: &[&str], stdout: bool) -> String {
    let mut command: Command = workdir.command();
    command.args(arguments);
    if stdout {
        command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
    }
    String::from_utf8(command.output().unwrap().stderr).unwrap()
}

#[test]
fn data_that_standard_output_does_not_take_is_said_to_be_so_by_every_command() {
    let workdir = fixtures::migration();
    for arguments in [
        &["status"][..],
        &["status", "--json"],
        &["transform", "--print-mapping"],
        &["transform", "--preview", "2"],
        &["transform", "-o", "again", "--json"],
        &["inspect"],
        &["inspect", "--json"],
        &["inspect", "--show", "csv"],
        &["inspect", "--show", "mapping"],
        &["inspect", "--show", "schema"],
        &["explain", "ada-1"],
        &["explain", "ada-1", "--json"],
        &["report", "-o", "-"],
        &["report", "--json"],
        &["diff", "batches", "batches", "--json"],
        &["warehouse", "postgres"],
        &["completions", "bash"],
        &["completions", "man"],
    ] {
        let said = said(&workdir, arguments, true);
        let told = format!("error: standard output cannot be written: {NO_ROOM}\n");
        let again = arguments.join(" ");
        let hint = format!("hint: make room, then run the same command again: `segment-to-voucherify {again}`\n");
        assert!(said.ends_with(&format!("{told}{hint}")), "{arguments:?}: {said}");
    }
}

/// What is no folder, where a folder of ours is to be.
#[test]
fn a_folder_in_whose_place_something_else_is_says_so() {
    let workdir = fixtures::migration();
    std::fs::write(workdir.path("file"), "kept").unwrap();
    for (arguments, folder) in
        [(&["transform", "-o", "file"][..], "file"), (&["transform", "-o", "file/inside"], "file/inside")]
    {
        let output = workdir.run(arguments, 1);
        let said = String::from_utf8(output.stderr).unwrap();
        let hint = format!(
            "kept: everything: nothing was written\nhint: something else is in its place: move that away, then run the same \
             command again: `segment-to-voucherify {}`\n",
            arguments.join(" ")
        );
        assert!(
            said.contains(&format!("error: the folder `{folder}` cannot be used: ")) && said.ends_with(&hint),
            "{said}"
        );
    }
    assert_eq!(std::fs::read_to_string(workdir.path("file")).unwrap(), "kept");
    // Nobody is told to move a device away.
    for arguments in [["transform", "-o", "/dev/null"], ["transform", "-o", "/dev/stderr"]] {
        let said = String::from_utf8(workdir.run(&arguments, 1).stderr).unwrap();
        assert!(said.contains("hint: it is a device or a pipe: give a folder") && !said.contains("move"), "{said}");
    }
}

#[test]
fn tables_and_pages_that_have_no_room_are_named() {
    let workdir = fixtures::migration();
    for (arguments, what) in [
        (&["report", "-o", "/dev/full"][..], "the report was not written: cannot write `/dev/full`"),
        (&["diff", "batches", "batches", "-o", "/dev/full"], "cannot write `/dev/full`"),
        (
            &["transform", "-o", "-", "--rejects", "/dev/full"],
            "cannot write the table of findings `/dev/full`: cannot write `/dev/full`",
        ),
    ] {
        let said = said(&workdir, arguments, false);
        let again = arguments.join(" ");
        let hint = format!("hint: make room, then run the same command again: `segment-to-voucherify {again}`\n");
        assert!(said.ends_with(&format!("error: {what}: {NO_ROOM}\n{hint}")), "{arguments:?}: {said}");
    }
}
