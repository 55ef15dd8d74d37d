//! An undo that dies at any write and at any call, and goes on.

use std::{
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;

use super::{books, put, summary, with_customers, words};
use crate::{upload::project::side_by_side, verify::Migration};

const UNDO: [&str; 3] = ["undo", "--yes", "--delete-created"];

fn uploaded(answer_ms: u64) -> Migration {
    let migration = with_customers(12, VoucherifyOptions { answer_ms, ..VoucherifyOptions::default() });
    words(&migration, &["upload", "--keep-before"], 0);
    put(&migration, reqwest::Method::PUT, "/sandbox/customers/u010", &serde_json::json!({"orders": 1}));
    migration
}

/// Goes on, and expects what an undo that was never disturbed comes to.
fn expect_everything(migration: &Migration, when: &str) {
    // One that died behind its last write had done everything.
    let run = migration.command(&UNDO).arg("--json").output().unwrap();
    let done: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap_or_default();
    let expected = if done["nothing_left"] == true { 0 } else { 3 };
    assert_eq!(run.status.code(), Some(expected), "{when}: {}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(books(&done), [6, 5, 1, 0], "{when}");
    let now = migration.sandbox.customers();
    let there: Vec<&str> = now.keys().map(String::as_str).collect();
    assert_eq!(there, ["nobody", "u001", "u002", "u003", "u004", "u005", "u006", "u010"], "{when}");
    assert!((1..=5).all(|number| now[&format!("u{number:03}")]["name"] == format!("Old {number}")), "{when}");
    let plan = std::fs::read_dir(migration.target().join("undo-000001")).unwrap();
    let left =
        plan.map(|entry| entry.unwrap().file_name()).find(|name| name.to_string_lossy().starts_with(".unfinished"));
    assert_eq!(left, None, "{when}");
    let nothing = summary(migration, &UNDO, 0);
    assert_eq!(nothing["nothing_left"], true, "{when}");
    assert!(migration.exports() <= 1, "{when}");
}

#[test]
fn an_undo_that_dies_at_any_write_goes_on() {
    // Every write of the plan and its end, and some of those between.
    let moments: Vec<u32> = (1..=130).collect();
    let survived = AtomicUsize::new(0);
    side_by_side(&moments, |moment| {
        let migration = uploaded(0);
        let mut first = migration.command(&UNDO);
        let first = first.env("DIE_AT_WRITE", moment.to_string()).output().unwrap();
        if first.status.code().is_some() {
            survived.fetch_add(1, Ordering::SeqCst);
            assert_eq!(first.status.code(), Some(3));
            return;
        }
        expect_everything(&migration, &format!("died at write {moment}"));
    });
    assert!(survived.into_inner() > 0, "the moments go beyond the last write");
}

#[test]
fn an_undo_that_is_killed_at_any_call_goes_on() {
    let calls: Vec<u64> = (1..=18).collect();
    side_by_side(&calls, |call| {
        let migration = uploaded(25);
        let before = migration.sandbox.counts().voucherify_calls;
        let mut child = migration.command(&UNDO).stderr(Stdio::null()).spawn().unwrap();
        while migration.sandbox.counts().voucherify_calls < before + call && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        expect_everything(&migration, &format!("killed at call {call}"));
    });
}

#[test]
fn an_image_whose_taking_dies_at_any_write_is_taken_again() {
    let moments: Vec<u32> = (1..=30).collect();
    side_by_side(&moments, |moment| {
        let migration = with_customers(12, VoucherifyOptions::default());
        let mut first = migration.command(&["upload", "--keep-before"]);
        let first = first.env("DIE_AT_WRITE", moment.to_string()).output().unwrap();
        if first.status.code().is_none() {
            words(&migration, &["upload", "--keep-before"], 0);
        }
        let image = migration.target().join("before-000001");
        assert!(image.join("about.json").exists() && !migration.target().join("before-000002").exists(), "{moment}");
        let run = migration.command(&UNDO).arg("--json").output().unwrap();
        let done = serde_json::from_slice(&run.stdout).unwrap_or_default();
        // A batch that was accepted just before the death is sent once more, and nobody in it is called new then.
        let [restored, deleted, kept, failed] = books(&done);
        assert_eq!((restored, deleted + kept, failed), (6, 6, 0), "died at write {moment}");
        let agreed = run.status.code() == Some(if kept > 0 { 3 } else { 0 });
        assert!(agreed && [0, 2, 4, 6].contains(&kept), "died at write {moment}: {done}");
    });
}
