//! `upload` against a scripted project.

mod again;
mod answers;
mod disk;
mod kill;
mod limits;
mod matrix;
mod old_results;
pub(crate) mod project;
mod rehearsal;
mod signals;
mod trust;

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::json;

use self::project::{Project, Says, eventually, input, summary};
use crate::{hearing::send, workdir::Workdir};

fn limited(seconds: &'static str) -> Project {
    Project::posting(move |_, _| Some(Says::Answer(429, vec![("retry-after", seconds)], "{}".into())))
}

#[test]
fn an_interrupt_during_a_pause_ends_the_run_without_another_post() {
    let (workdir, project) = (input(&[&[1, 2]]), limited("600"));
    let mut child = project.upload(&workdir, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the first POST", || project.posts() >= 1);
    send(&child, "-INT");
    let until = Instant::now() + Duration::from_mins(4);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > until => {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("the run went on, with {} POSTs", project.posts());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert_eq!(status.code(), Some(130));
    assert_eq!(project.posts(), 1);
}

#[test]
fn a_limit_that_opens_in_days_stops_the_run() {
    let (workdir, project) = (input(&[&[1, 2]]), limited("864000"));
    workdir.check(&mut project.upload(&workdir, &[]), 1);
    assert_eq!(project.posts(), 1);
}

#[test]
fn what_is_done_is_not_sent_again_unless_forced() {
    let (workdir, project) = (input(&[&[1, 2], &[3]]), Project::good());
    let first = workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!((project.posts(), &summary(&first.stdout)["done"]), (2, &json!(3)));
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 2);
    workdir.check(&mut project.upload(&workdir, &["--force"]), 0);
    assert_eq!(project.bodies()[2..], project.bodies()[..2]);
}

#[test]
fn a_plan_is_what_the_run_does_and_sends_nothing() {
    let (workdir, project) = (input(&[&[1, 2], &[3]]), Project::good());
    let plan = workdir.check(&mut project.upload(&workdir, &["--dry-run"]), 0);
    let plan = summary(&plan.stdout);
    assert_eq!((&plan["posts"], &plan["customers"], &plan["other_calls"]), (&json!(2), &json!(3), &json!(3)));
    assert_eq!((project.posts(), project.take_asked()), (0, vec!["list".to_owned()]), "the keys are checked");
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!((project.posts(), project.take_asked().len()), (2, 3));
    let plan = workdir.check(&mut project.upload(&workdir, &["--dry-run"]), 0);
    assert_eq!(summary(&plan.stdout)["posts"], 0);
}

#[test]
fn what_was_left_is_collected_later_without_a_second_post() {
    let (workdir, project) = (input(&[&[1, 2], &[3]]), Project::good());
    let left = workdir.check(&mut project.upload(&workdir, &["--no-wait"]), 0);
    assert_eq!(summary(&left.stdout)["waiting"], 3);
    assert_eq!(project.take_asked(), ["list"]);
    let collected = workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!((project.posts(), &summary(&collected.stdout)["done"]), (2, &json!(3)));
}

/// Refuses `u2` in whatever comes first.
fn one_refused() -> Project {
    Project::asking(|_, id| {
        let error = json!({"source_id": "u2", "key": "metadata_validation_failed", "message": "no", "details": "why"});
        let result = json!({"done_count": 2, "failed_count": 1, "errors": [error]});
        id.starts_with("aa_1_").then(|| Says::status(200, &json!({"status": "DONE", "result": result})))
    })
}

#[test]
fn only_the_refused_are_tried_again() {
    let (workdir, project) = (input(&[&[1, 2, 3]]), one_refused());
    workdir.check(&mut project.upload(&workdir, &[]), 3);
    workdir.check(&mut project.upload(&workdir, &[]), 3);
    assert_eq!(project.posts(), 1);
    let again = workdir.check(&mut project.upload(&workdir, &["--retry-refused"]), 0);
    let again = summary(&again.stdout);
    assert_eq!((&again["sent"], &again["done"], &again["refused"]), (&json!(3), &json!(3), &json!(0)));
    assert_eq!(project.bodies()[1], [json!({"source_id": "u2", "name": "n"})]);
    workdir.check(&mut project.upload(&workdir, &["--retry-refused"]), 0);
    assert_eq!(project.posts(), 2);
}

#[test]
fn only_what_changed_is_sent_to_a_target() {
    let (workdir, first) = (input(&[&[1, 2], &[3, 4]]), Project::good());
    let second = Project::good();
    for project in [&first, &second] {
        workdir.check(&mut project.upload(&workdir, &[]), 0);
    }
    let changed = std::fs::read_to_string(workdir.path("input.ndjson")).unwrap();
    let (head, tail) = changed.split_once("u2").unwrap();
    std::fs::write(workdir.path("input.ndjson"), format!("{head}u2{}", tail.replacen("\"n\"", "\"new\"", 1))).unwrap();
    let again = workdir.check(&mut first.upload(&workdir, &["--changed-only"]), 0);
    let again = summary(&again.stdout);
    assert_eq!((&again["sent"], &again["unchanged"]), (&json!(1), &json!(3)), "{again}");
    assert_eq!((first.posts(), first.bodies()[2].len(), second.posts()), (3, 1, 2));
    workdir.check(&mut first.upload(&workdir, &["--changed-only"]), 0);
    assert_eq!(first.posts(), 3);
}

/// What is no batch is named by its line of standard input; a file of several is pointed there.
#[test]
fn a_line_that_is_no_batch_is_named_by_its_number() {
    let project = Project::good();
    let lines = |bad: &str| format!("[{{\"source_id\":\"u1\"}}]\n\n{bad}\n");
    for (bad, told) in [
        ("x", "line 3 of `-` is no batch of customers: expected value at line 1 column 1"),
        ("[{\"name\":\"N\"}]", "line 3 of `-` is no batch of customers: missing field `source_id` at line 1 column 13"),
        (
            "{\"segment_id\":\"use_1\"}",
            "line 3 of `-` is no batch of customers: it is an object, as a profile is; `segment-to-voucherify transform` makes \
             batches of profiles",
        ),
    ] {
        let workdir = Workdir::new();
        std::fs::write(workdir.path("input.ndjson"), lines(bad)).unwrap();
        let said = String::from_utf8(workdir.check(&mut project.upload(&workdir, &[]), 1).stderr).unwrap();
        assert!(said.contains(&format!("error: {told}\n")), "{said}");
    }
    // What is cut is no such line: whoever wrote it is to be asked.
    let whole = "[{\"source_id\":\"u1\"}]\n[{\"source_id\":\"u2\"}]\n".as_bytes();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, whole).unwrap();
    let gzip = gzip.finish().unwrap();
    for cut in [&whole[..whole.len() - 6], &gzip[..gzip.len() - 5]] {
        let workdir = Workdir::new();
        std::fs::write(workdir.path("input.ndjson"), cut).unwrap();
        let said = String::from_utf8(workdir.check(&mut project.upload(&workdir, &[]), 1).stderr).unwrap();
        assert!(said.contains("error: `-` ends in the middle: "), "{said}");
        assert!(said.contains("hint: whatever was to write into the pipe ended before its end: look at "), "{said}");
    }
    let posts = project.posts();
    let workdir = Workdir::new();
    std::fs::write(workdir.path("my batches"), lines("[{\"source_id\":\"u2\"}]")).unwrap();
    let output = workdir.check(&mut project.upload_of(&workdir, "my batches", &[]), 2);
    let said = String::from_utf8(output.stderr).unwrap();
    let told = "error: `my batches` holds several batches, one a line\n\
                hint: batches that were made for a pipe are read from standard input: \
                `segment-to-voucherify upload - < 'my batches'`\n";
    assert!(said.ends_with(told), "{said}");
    assert_eq!(project.posts(), posts, "nothing of it is sent");
}
