//! Ctrl-C: the first ends in order, the second at once.

use std::{
    io::Read,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::json;

use super::project::{Project, Says, Script, eventually, input, summary};
use crate::hearing::{send, send_until_heard};

/// Waits for the end; gives exit code, stdout and stderr.
fn ended(child: Child) -> (Option<i32>, Vec<u8>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
}

fn piped(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn what_is_on_its_way_is_noted_and_the_command_that_continues_is_named() {
    let project = Project::asking(|_, _| Some(Says::status(200, &json!({"status": "IN_PROGRESS"}))));
    let workdir = input(&[&[1, 2], &[3]]);
    let child = piped(&mut project.upload(&workdir, &[]));
    eventually("both POSTs", || project.posts() >= 2);
    eventually("a question", || project.take_asked().iter().any(|asked| asked.starts_with("aa_")));
    send(&child, "-INT");
    let (code, stdout, stderr) = ended(child);
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("  next  segment-to-voucherify upload - --json"), "{stderr}");
    assert_eq!(summary(&stdout)["waiting"], 3);
    project.heal();
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 2, "what was accepted is followed");
}

#[test]
fn a_post_that_is_under_way_is_waited_for() {
    let project = Project::good();
    project.hold();
    let workdir = input(&[&[1, 2], &[3]]);
    let child = piped(&mut project.upload(&workdir, &[]));
    eventually("the first POST", || project.posts() >= 1);
    send_until_heard(&child, "-INT");
    project.release();
    let (code, stdout, stderr) = ended(child);
    assert_eq!((code, &summary(&stdout)["waiting"]), (Some(130), &json!(2)), "{stderr}");
    assert_eq!(project.posts(), 1);
    let rest = workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!((project.posts(), &summary(&rest.stdout)["done"]), (2, &json!(3)));
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let project = Project::start(Script { delay: Duration::from_mins(10), ..Script::default() });
    let workdir = input(&[&[1, 2]]);
    let mut child = piped(&mut project.upload(&workdir, &[]));
    eventually("the check of the keys", || !project.take_asked().is_empty());
    send_until_heard(&child, "-INT");
    assert_eq!(child.try_wait().unwrap(), None, "the first waits for the answer");
    send(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(project.posts(), 0, "{said}");
}
