//! The export against a scripted Profile API that lists oddly, fails, forgets and counts.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    io::Write,
    process::Stdio,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    space::{Script, Space, ids, manifest, numbered, page, profiles},
    upload::project::side_by_side,
    workdir::{Small, Workdir},
};

/// Exports a space whose list is answered by `list`; gives the manifest and the ids in the archive.
fn listed(list: impl Fn(&str, usize) -> Value + Send + Sync + 'static, arguments: &[&str]) -> (Value, Vec<String>) {
    let space = Space::start(Script { list: Some(Box::new(list)), ..Script::default() });
    let workdir = Workdir::new();
    workdir.check(&mut space.export(&workdir, arguments), 0);
    (manifest(&workdir.path("export")), ids(&workdir.path("export")))
}

#[test]
fn a_list_with_odd_cursors_is_read_to_its_end_and_no_further() {
    let numeric = |next: &str, _| match next {
        "" => page(numbered(0..3), 7, true),
        "7" => page([], "9", true),
        _ => page(numbered(2..5), Value::Null, false),
    };
    let (manifest, exported) = listed(numeric, &[]);
    assert_eq!(exported, numbered(0..5));
    assert_eq!(manifest["verdict"]["state"], "complete", "{manifest}");
    assert_eq!(manifest["listing"]["oddities"][0], "first listing: a page was empty");

    let circle = |next: &str, _| match next {
        "" => page(numbered(0..3), "a", true),
        "a" => page(numbered(3..5), "b", true),
        _ => page(numbered(5..6), "a", true),
    };
    let (manifest, exported) = listed(circle, &[]);
    assert_eq!(exported, numbered(0..6));
    assert_eq!(manifest["verdict"]["state"], "incomplete");
    assert!(manifest["verdict"]["reasons"][0].as_str().unwrap().contains("cursor `a` came again"), "{manifest}");
}

#[test]
fn a_sweep_finds_what_moved_and_only_a_sweep_that_finds_nothing_makes_it_complete() {
    // Before the second page was asked for, use_2 had moved to the front of the first.
    let moving = |next: &str, call: usize| match (next, call) {
        ("", 1) => page(numbered([0, 1]), "2", true),
        ("", _) => page(numbered([2, 0]), "2", true),
        _ => page(numbered([1, 3]), "", false),
    };
    for (sweeps, expected, state, reason) in [
        ("0", vec![0, 1, 3], "incomplete", Some("no sweep looked")),
        ("1", vec![0, 1, 3, 2], "incomplete", Some("the last sweep still found 1")),
        ("5", vec![0, 1, 3, 2], "complete", None),
    ] {
        let (manifest, exported) = listed(moving, &["--sweeps", sweeps]);
        assert_eq!(exported, numbered(expected), "{sweeps} sweeps");
        assert_eq!(manifest["verdict"]["state"], state, "{sweeps} sweeps");
        let said = manifest["verdict"]["reasons"][0].as_str();
        assert_eq!(said.map(|said| said.contains(reason.unwrap())), reason.map(|_| true), "{said:?}");
    }
}

#[test]
fn more_sweeps_later_go_on_from_the_same_archive() {
    let space = Space::profiles(30);
    let workdir = Workdir::new();
    workdir.check(&mut space.export(&workdir, &["--sweeps", "0"]), 0);
    assert_eq!(manifest(&workdir.path("export"))["verdict"]["state"], "incomplete");
    space.calls();
    workdir.check(&mut space.export(&workdir, &["--sweeps", "1"]), 0);
    assert_eq!(space.calls(), ["list?"], "one look at the list, and no profile again");
    assert_eq!(manifest(&workdir.path("export"))["verdict"]["state"], "complete");
    workdir.check(&mut space.export(&workdir, &[]), 0);
    assert_eq!(space.calls(), [""; 0], "nothing left to do");
}

#[test]
fn profiles_that_keep_failing_are_put_aside_and_exactly_they_are_tried_again() {
    let poison = BTreeSet::from(["use_3".to_owned(), "use_40".to_owned()]);
    let vanished = BTreeSet::from(["use_5".to_owned()]);
    let space = Space::start(Script { profiles: 60, poison: poison.into(), vanished, ..Script::default() });
    let workdir = Workdir::new();
    workdir.check(&mut space.export(&workdir, &[]), 3);
    let export = workdir.path("export");
    let books = &manifest(&export)["books"];
    assert_eq!((books["listed"].as_u64(), books["exported"].as_u64()), (Some(60), Some(57)), "{books}");
    assert_eq!((books["vanished"].as_u64(), books["failed"].as_u64()), (Some(1), Some(2)), "{books}");
    let failures = fs::read_to_string(export.join("failures.csv")).unwrap();
    let rows: Vec<&str> = failures.lines().collect();
    assert_eq!(rows[0], "\u{feff}segment_id,endpoint,status,attempts,message,request_id");
    assert_eq!(rows[1..], ["use_3,external_ids,500,6,poison,request-1", "use_40,external_ids,500,6,poison,request-1"]);

    space.calls();
    space.cure();
    workdir.check(&mut space.export(&workdir, &[]), 0);
    let again: BTreeSet<String> = space.calls().into_iter().collect();
    let expected = ["use_3", "use_40"]
        .iter()
        .flat_map(|id| ["external_ids", "traits"].map(|endpoint| format!("segment_id:{id}/{endpoint}")));
    assert_eq!(again, expected.collect());
    assert_eq!(manifest(&export)["verdict"]["state"], "complete");
    assert!(!export.join("failures.csv").exists());
    assert_eq!(ids(&export).len(), 59);
    assert_eq!(ids(&export)[57..], ["use_3", "use_40"], "after those in list order");
}

#[test]
fn a_page_that_is_none_and_pages_that_go_in_circles_cut_no_profile_short() {
    let more = |key: &str, next: Value| json!({"traits": {key: 1}, "cursor": {"url": "", "has_more": true, "next": next, "limit": 200}});
    let traits = HashMap::from([
        ("use_1".into(), json!({"error": {"code": "x", "message": "busy"}})),
        ("use_2".into(), more("a", "b".into())),
        ("use_2?b".into(), more("b", "c".into())),
        ("use_2?c".into(), more("c", "b".into())),
        ("use_3".into(), more("a", Value::Null)),
        ("use_4".into(), json!({"cursor": {"url": "", "has_more": false, "next": ""}})),
        ("use_5".into(), more("a", "b c?&é".into())),
        ("use_5?b c?&é".into(), json!({"traits": {"b c?&é": 2}})),
    ]);
    let space = Space::start(Script { profiles: 7, traits, ..Script::default() });
    let workdir = Workdir::new();
    workdir.check(&mut space.export(&workdir, &[]), 3);
    assert_eq!(ids(&workdir.path("export")), numbered([0, 4, 5, 6]));
    assert_eq!(profiles(&workdir.path("export"))[2]["traits"], json!({"a": 1, "b c?&é": 2}));
    let failures = fs::read_to_string(workdir.path("export/failures.csv")).unwrap();
    let rows: Vec<&str> = failures.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "use_1,traits,200,6,the body is no page,request-1",
            "use_2,traits,200,1,\"a page said that there is more, but not where\",",
            "use_3,traits,200,1,\"a page said that there is more, but not where\",",
        ]
    );
}

#[test]
fn too_many_failures_end_the_run_and_a_refusal_ends_it_at_once() {
    let space = Space::start(Script {
        profiles: 200,
        poison: numbered(0..200).into_iter().collect::<BTreeSet<_>>().into(),
        ..Script::default()
    });
    let workdir = Workdir::new();
    let output = workdir.check(&mut space.export(&workdir, &["--max-failures", "2"]), 1);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("more than 2 profiles could not be read; the last words were: poison"), "{stderr}");
    let told = "hint: `export/failures.csv` lists them; to leave more of them out: `segment-to-voucherify export --rate 3000 \
                --part-size 25 --max-failures 20`; once they can be read, run the same command again: \
                `segment-to-voucherify export --rate 3000 --part-size 25 --max-failures 2`\n";
    assert!(stderr.contains(told), "{stderr}");

    for status in [400, 401, 403] {
        let space = Space::start(Script { profiles: 10, refuse: Some(status), ..Script::default() });
        let workdir = Workdir::new();
        let stderr = String::from_utf8(workdir.check(&mut space.export(&workdir, &[]), 1).stderr).unwrap();
        assert_eq!(space.calls(), ["list?"], "{status}");
        assert!(stderr.contains("SEGMENT_ACCESS_TOKEN") && stderr.contains("request-1"), "{stderr}");
    }
}

#[test]
fn every_tenth_call_may_fail_and_the_archive_is_whole() {
    let space = Space::start(Script { profiles: 150, fault_every: Some(10), ..Script::default() });
    let workdir = Workdir::new();
    workdir.check(&mut space.export(&workdir, &["--max-failures", "0"]), 0);
    let export = workdir.path("export");
    assert_eq!(ids(&export), numbered(0..150));
    assert_eq!(manifest(&export)["verdict"]["state"], "complete");
}

#[test]
fn a_server_that_allows_exactly_the_rate_is_not_overrun() {
    let once = || {
        let (limit, latency) = (Some(300), Duration::from_millis(30));
        let space = Space::start(Script { profiles: 450, limit, latency, ..Script::default() });
        let workdir = Workdir::new();
        let mut export = workdir.command();
        let from = space.export(&workdir, &[]);
        export.args(["export", "--rate", "300"]).envs(from.get_envs().filter_map(|(name, value)| Some((name, value?))));
        workdir.check(&mut export, 0);
        assert_eq!(space.calls().len() as u64, 2 * 450 + 5 + 5 + space.limited());
        space.limited()
    };
    // Whoever competes for the processor may hold the server up until calls pile up before its door: three tries.
    let mut limited = vec![once()];
    while limited.last() != Some(&0) && limited.len() < 3 {
        limited.push(once());
    }
    assert_eq!(limited.last(), Some(&0), "calls of 910 that were too many, run by run: {limited:?}");
}

#[test]
fn traits_are_asked_for_only_where_an_identifier_is() {
    let space = Space::profiles(100);
    let workdir = Workdir::new();
    let arguments = ["--identified-only", "user_id,email", "--id-types", "user_id,email", "--sweeps", "0"];
    workdir.check(&mut space.export(&workdir, &arguments), 0);
    let calls = space.calls();
    assert_eq!(calls.len(), 1 + 100 + 50);
    assert!(calls.contains(&"segment_id:use_0/external_ids?user_id,email".to_owned()), "{calls:?}");
    assert!(!calls.contains(&"segment_id:use_1/traits".to_owned()));

    let other = Workdir::new();
    other.check(&mut space.export(&other, &["--sweeps", "0"]), 0);
    assert_eq!(space.calls().len(), 201);
    let refused = other.check(&mut space.export(&other, &["--identified-only", "a", "--id-types", "b"]), 2);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("would never match"));
    let differs = other.check(&mut space.export(&other, &["--identified-only", "user_id"]), 2);
    assert!(String::from_utf8(differs.stderr).unwrap().contains("`--identified-only` none, not user_id"));
}

#[test]
fn identifiers_come_from_a_file_or_a_pipe_instead_of_the_list() {
    let space = Space::profiles(0);
    let workdir = Workdir::new();
    fs::write(workdir.path("ids.txt"), "use_7\r\nemail:A+b@c.example\n\nuse_7\nsegment_id:use_8\n").unwrap();
    workdir.check(&mut space.export(&workdir, &["--ids-from", "ids.txt"]), 0);
    assert_eq!(ids(&workdir.path("export")), ["use_7", "email:A+b@c.example", "use_8"]);
    assert_eq!(manifest(&workdir.path("export"))["verdict"]["state"], "complete");
    let calls = space.calls();
    assert!(calls.contains(&"email:a+b@c.example/traits".to_owned()), "{calls:?}");
    assert_eq!(calls.len(), 6, "{calls:?}");

    let mut piped = space.export(&workdir, &["--ids-from", "-", "-o", "piped"]);
    let mut child = piped.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"use_1\nuse_2").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(ids(&workdir.path("piped")), ["use_1", "use_2"]);
    fs::write(workdir.path("other.txt"), "use_9\n").unwrap();
    workdir.check(&mut space.export(&workdir, &["--ids-from", "other.txt"]), 2);
}

#[test]
fn a_forecast_costs_fifty_pages_at_most_and_writes_nothing() {
    let space = Space::profiles(10_000);
    let workdir = Workdir::new();
    let forecast = |arguments: &[&str]| -> Value {
        let arguments = [&["--dry-run", "--json"], arguments].concat();
        serde_json::from_slice(&workdir.check(&mut space.export(&workdir, &arguments), 0).stdout).unwrap()
    };
    let all = forecast(&[]);
    assert_eq!((all["profiles"].as_u64(), all["extent"].as_str()), (Some(5_000), Some("at_least")), "{all}");
    assert_eq!(space.calls().len(), 50);
    let trial = forecast(&["--max-profiles", "250", "--identified-only", "user_id"]);
    assert_eq!((trial["profiles"].as_u64(), trial["extent"].as_str()), (Some(250), Some("all")), "{trial}");
    assert_eq!((trial["calls_least"].as_u64(), trial["calls_most"].as_u64()), (Some(253), Some(503)), "{trial}");
    assert!(!workdir.path("export").exists());

    // What the export would refuse has no price; what it would begin anew, or puts into a pipe, has one.
    workdir.check(&mut space.export(&workdir, &["--max-profiles", "10", "-q"]), 0);
    for (other, told) in [
        (&["--identified-only", "email"][..], "`--identified-only` none, not email; `--max-profiles` 10, not none"),
        (&["--max-profiles", "11"], "`--max-profiles` 10, not 11"),
    ] {
        let arguments = [&["--dry-run"], other].concat();
        let said = String::from_utf8(workdir.check(&mut space.export(&workdir, &arguments), 2).stderr).unwrap();
        assert!(said.contains(&format!("error: `export` holds another export: {told}\n")), "{said}");
    }
    let piped = forecast(&["-o", "-", "--max-profiles", "11"]);
    assert_eq!(piped["profiles"].as_u64(), Some(11), "{piped}");
    let done = forecast(&["--max-profiles", "10"]);
    assert_eq!((done["profiles"].as_u64(), done["calls_most"].as_u64()), (Some(0), Some(0)), "{done}");
}

#[test]
fn a_trial_a_cursor_and_small_pages_are_said_in_the_verdict_and_the_log() {
    let space = Space::profiles(300);
    let workdir = Workdir::new();
    let mut export = space.export(&workdir, &["--from-cursor", "120", "--max-profiles", "50"]);
    let output = workdir.check(export.env("SEGMENT_REQUEST_LIMIT", "20").env("SEGMENT_TRAITS_LIMIT", "15"), 0);
    assert_eq!(ids(&workdir.path("export")), numbered(120..170));
    let verdict = manifest(&workdir.path("export"))["verdict"].to_string();
    assert!(verdict.contains("began at the cursor `120`") && verdict.contains("--max-profiles"), "{verdict}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("5 calls list 100 profiles") && stderr.contains("takes 14 calls"), "{stderr}");
}

#[test]
fn a_full_disk_or_a_read_only_one_costs_nothing_that_is_there() {
    let space = Space::profiles(2_000);
    let workdir = Workdir::new();
    let Some(small) = Small::mount(workdir.path("export"), "64k") else { return };
    let words = |exit_code| {
        let output = workdir.check(&mut space.export(&workdir, &[]), exit_code);
        String::from_utf8(output.stderr).unwrap()
    };
    let full = words(1);
    assert!(full.contains("the archive cannot be written: cannot write `export/"), "{full}");
    assert!(full.contains("profiles in `export`"), "{full}");
    assert!(full.contains("make room") && full.contains("`segment-to-voucherify export --rate"), "{full}");
    let before = ids(small.path());
    assert_eq!(before, numbered(0..before.len() as u64), "what the manifest lists is whole");
    assert!(!before.is_empty(), "{full}");

    small.remount("ro");
    let read_only = words(1);
    assert!(read_only.contains("Read-only file system"), "{read_only}");
    small.remount("rw,size=8m");
    words(0);
    assert_eq!(ids(small.path()), numbered(0..2_000));
}

#[test]
fn a_profile_that_is_refused_for_itself_keeps_no_other_from_being_exported() {
    side_by_side(&[204, 206, 409, 410, 413, 414, 422, 425, 451, 499, 599], |status| {
        let poison = BTreeSet::from(["use_7".to_owned()]);
        let script = Script { profiles: 60, poison: poison.into(), poisoned_with: Some(*status), ..Script::default() };
        let (space, workdir) = (Space::start(script), Workdir::new());
        workdir.check(&mut space.export(&workdir, &["--csv", "plain"]), 3);
        let first = manifest(&workdir.path("export"));
        let books = json!({"listed": 60, "exported": 59, "vanished": 0, "failed": 1});
        assert_eq!(first["books"], books, "{status}");
        let table = fs::read_to_string(workdir.path("export/failures.csv")).unwrap();
        let row = table.lines().nth(1).unwrap();
        assert!(row.starts_with("use_7,") && row.split(',').nth(2) == Some(&status.to_string()), "{row}");
        // The next run tries exactly that one again.
        space.cure();
        space.calls();
        workdir.check(&mut space.export(&workdir, &["--csv", "plain"]), 0);
        assert_eq!(manifest(&workdir.path("export"))["books"]["exported"], 60, "{status}");
        let calls = space.calls();
        assert!(calls.iter().all(|call| call.starts_with("list") || call.contains("use_7/")), "{calls:?}");
    });
}

#[test]
fn what_concerns_every_profile_ends_the_export_at_once() {
    for (status, hint) in [
        (400, "check `SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID`"),
        (401, "check `SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID`"),
        (402, "check `SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID`"),
        (403, "check `SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID`"),
        (407, "a proxy on the way wants a name and a password"),
    ] {
        let poison = BTreeSet::from(["use_7".to_owned()]);
        let script = Script { profiles: 60, poison: poison.into(), poisoned_with: Some(status), ..Script::default() };
        let (space, workdir) = (Space::start(script), Workdir::new());
        let said = workdir.check(&mut space.export(&workdir, &[]), 1).stderr;
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains(&format!("error: Segment answered {status}")) && said.contains(hint), "{said}");
        space.cure();
        workdir.check(&mut space.export(&workdir, &[]), 0);
        assert_eq!(manifest(&workdir.path("export"))["books"]["exported"], 60, "{status}");
    }
}
