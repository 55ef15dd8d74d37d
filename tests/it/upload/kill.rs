//! Death at any moment of a batch's life, and two processes at once.

use std::{os::unix::process::ExitStatusExt, process::Stdio, time::Duration};

use serde_json::{Value, json};

use super::project::{Project, Says, Script, eventually, input, side_by_side, summary, write_input};

/// Three batches, of which the server takes the second one only in pieces, and never `u6`.
const BATCHES: &[&[u32]] = &[&[1, 2], &[4, 5, 6, 7], &[8, 9]];

/// The POSTs of all of it, when nothing goes wrong: three batches, and of the second one two halves and two quarters.
const POSTS: usize = 7;

fn poisoned(delay: Duration) -> Project {
    let poison = |customers: &[Value]| customers.iter().any(|customer| customer["source_id"] == "u6");
    let refusal = json!({"code": 400, "key": "invalid_payload", "message": "m"});
    let posted = move |_, customers: &[Value]| poison(customers).then(|| Says::status(400, &refusal));
    Project::start(Script { posted: Box::new(posted), delay, ..Script::default() })
}

fn expect_everything(workdir: &crate::workdir::Workdir, project: &Project, when: &str) {
    let last = workdir.check(&mut project.upload(workdir, &[]), 3);
    let last = summary(&last.stdout);
    let books = ["sent", "done", "refused", "unknown"].map(|name| last[name].as_u64().unwrap());
    assert_eq!(books, [8, 7, 1, 0], "{when}");
    let landed: Vec<String> = project.landed().into_keys().collect();
    assert_eq!(landed, ["u1", "u2", "u4", "u5", "u7", "u8", "u9"], "{when}");
    let posts = project.posts();
    assert!((POSTS..=POSTS + 1).contains(&posts), "{when}: {posts} POSTs, of which at most one may be repeated");
    workdir.check(&mut project.upload(workdir, &[]), 3);
    assert_eq!(project.posts(), posts, "{when}: nothing that is done is sent again");
}

#[test]
fn a_run_that_dies_at_any_write_is_continued() {
    // Three of any four: each file is written in three moments, so that all kinds are met.
    let moments: Vec<usize> = (1..=150).filter(|moment| moment % 4 != 0 || *moment < 30).collect();
    let survived = std::sync::atomic::AtomicUsize::new(0);
    side_by_side(&moments, |moment| {
        let (workdir, project) = (input(BATCHES), poisoned(Duration::ZERO));
        let mut command = project.upload(&workdir, &[]);
        let first = command.env("DIE_AT_WRITE", moment.to_string()).stderr(Stdio::null()).output().unwrap();
        if first.status.code().is_some() {
            survived.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            assert_eq!(first.status.code(), Some(3));
            return;
        }
        expect_everything(&workdir, &project, &format!("died at write {moment}"));
    });
    assert!(survived.into_inner() > 0, "the moments go beyond the last write");
}

#[test]
fn a_run_that_is_killed_at_any_request_is_continued() {
    let requests: Vec<usize> = (1..=14).collect();
    side_by_side(&requests, |request| {
        for late in [0, 12] {
            // While the server still works on it, or about when it has answered.
            let (workdir, project) = (input(BATCHES), poisoned(Duration::from_millis(10)));
            let mut child = project.upload(&workdir, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let seen = project.saw(*request, &mut child);
            std::thread::sleep(Duration::from_millis(late));
            child.kill().unwrap();
            let status = child.wait().unwrap();
            assert!(!seen || status.signal() == Some(9) || status.code() == Some(3), "{status}");
            expect_everything(&workdir, &project, &format!("killed {late} ms after request {request}"));
        }
    });
}

#[test]
fn what_is_packed_anew_survives_death_at_any_write() {
    let moments: Vec<usize> = (1..=60).collect();
    side_by_side(&moments, |moment| {
        let (workdir, project) = (input(&[&[1, 2, 3], &[4, 5, 6]]), Project::good());
        workdir.check(&mut project.upload(&workdir, &[]), 0);
        let new = |number| if [2, 6].contains(&number) { "new".to_owned() } else { "n".into() };
        write_input(&workdir.path("input.ndjson"), &[&[1, 2, 3], &[4, 5, 6]], new);
        let mut command = project.upload(&workdir, &["--changed-only"]);
        command.env("DIE_AT_WRITE", moment.to_string()).stderr(Stdio::null()).output().unwrap();
        workdir.check(&mut project.upload(&workdir, &["--changed-only"]), 0);
        let posts = project.posts();
        assert!((3..=4).contains(&posts), "died at write {moment}: {posts} POSTs");
        for body in &project.bodies()[2..] {
            assert_eq!(body.len(), 2, "died at write {moment}: {body:?}");
        }
        assert_eq!(project.landed()["u6"]["name"], "new");
        let last = workdir.check(&mut project.upload(&workdir, &[]), 0);
        assert_eq!(summary(&last.stdout)["done"], 6, "the batches have receipts of their own");
        assert_eq!(project.posts(), posts, "died at write {moment}");
    });
}

#[test]
fn a_second_process_is_told_who_is_there() {
    let (workdir, project) =
        (input(&[&[1]]), Project::asking(|_, _| Some(Says::status(200, &json!({"status": "IN_PROGRESS"})))));
    let mut first = project.upload(&workdir, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the first POST", || project.posts() >= 1);
    let second = workdir.check(&mut project.upload(&workdir, &[]), 1);
    let words = String::from_utf8(second.stderr).unwrap();
    assert!(
        words.contains(&format!("is in use by process {} on ", first.id()))
            && words.contains(", uploading to this target"),
        "{words}"
    );
    let other = Project::good();
    workdir.check(&mut other.upload(&workdir, &[]), 0);
    first.kill().unwrap();
    first.wait().unwrap();
    project.heal();
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 1, "a lock ends with its process, and what was accepted is followed");
}
