//! What an export leaves open is told by it, and by whoever reads its archive.

use std::fs;

use serde_json::{Value, json};

use crate::{
    space::{Script, Space, ids, manifest},
    workdir::Workdir,
};

/// An export that ended, and is not known to be complete, is a note to whoever reads it, and no more.
#[test]
fn what_is_not_known_to_be_complete_is_noted_by_whoever_reads_it() {
    let space = Space::profiles(300);
    let workdir = Workdir::new();
    workdir.check(&mut space.export(&workdir, &["--max-profiles", "10", "-q"]), 0);
    let note = "`export` is not known to be complete: the export was a trial, limited by `--max-profiles`";
    for typed in [&["transform", "--json"][..], &["transform", "-o", "-"], &["inspect", "--json"]] {
        let output = workdir.run(typed, 0);
        let said = String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(said.matches(note).count(), 1, "{typed:?}: {said}");
        if typed == ["transform", "--json"] {
            let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!((&summary["notes"], &summary["doubts"]), (&json!([note]), &Value::Null));
        }
    }
    // Lines have taken the place of the JSON.
    let output = workdir.run(&["transform", "-o", "-", "--json", "--plain"], 0);
    assert!(output.stdout.starts_with(b"[{\"source_id\""), "{}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(" WARN `--json` goes with a folder; beside `-o -`, `--log-format json` puts"), "{said}");
}

/// Whoever was asked for by name and is not there is named, and missed.
#[test]
fn an_identifier_by_which_nobody_is_known_is_named() {
    let gone = ["use_2".to_owned(), "user_id:x".to_owned()];
    let space = Space::start(Script { vanished: gone.into(), ..Script::default() });
    let workdir = Workdir::new();
    fs::write(workdir.path("ids.txt"), "use_1\nuse_2\nuser_id:X\nuse_3\n").unwrap();
    let output = workdir.check(&mut space.export(&workdir, &["--ids-from", "ids.txt"]), 0);
    assert_eq!(ids(&workdir.path("export")), ["use_1", "use_3"]);
    let manifest = manifest(&workdir.path("export"));
    assert_eq!(manifest["vanished"], json!(["use_2", "user_id:X"]));
    let reason = "Segment knows nobody by 2 identifiers; `vanished` in `manifest.json` names them";
    assert_eq!(manifest["verdict"], json!({"state": "incomplete", "reasons": [reason]}));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("export: finished, not known to be complete\n"), "{said}");
    let status = String::from_utf8(workdir.run(&["status"], 3).stdout).unwrap();
    let status = status.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(status.contains(&format!("why {reason}")) && !status.contains("deleted or merged away"), "{status}");
}
