//! What a sweep promises, whenever it begins and however it is disturbed.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    fixtures::broken_off_by_version_0_1_0,
    space::{Script, Space, ids, manifest, numbered, page, profiles},
    workdir::Workdir,
};

/// Pages of two of the list that `order` gives for a pass, the first of which is 0.
fn passes(order: impl Fn(usize) -> Vec<u64> + Send + Sync + 'static) -> Script {
    let begun = AtomicUsize::new(0);
    let list = move |next: &str, _| {
        let pass =
            if next.is_empty() { begun.fetch_add(1, Ordering::SeqCst) } else { begun.load(Ordering::SeqCst) - 1 };
        two_of(&order(pass), next)
    };
    Script { list: Some(Box::new(list)), ..Script::default() }
}

fn two_of(order: &[u64], next: &str) -> Value {
    let start = next.parse().unwrap_or(0);
    let end = order.len().min(start + 2);
    let more = end < order.len();
    let next = if more { end.to_string() } else { String::new() };
    page(numbered(order[start..end].iter().copied()), next, more)
}

fn sorted(folder: &Path) -> BTreeSet<String> {
    let ids = ids(folder);
    let set: BTreeSet<String> = ids.iter().cloned().collect();
    assert_eq!(set.len(), ids.len(), "nobody is there twice: {ids:?}");
    set
}

/// The places of some calls among all.
fn places(calls: &[String], wanted: impl Fn(&str) -> bool) -> Vec<usize> {
    calls.iter().enumerate().filter(|(_, call)| wanted(call)).map(|(place, _)| place).collect()
}

#[test]
fn a_sweep_ends_with_the_details_and_begins_no_earlier_than_it_must() {
    let latency = Duration::from_millis(20);
    let space = Space::start(Script { profiles: 900, latency, ..Script::default() });
    let workdir = Workdir::new();
    let mut export = workdir.command();
    let from = space.export(&workdir, &[]);
    export.args(["export", "--rate", "600"]).envs(from.get_envs().filter_map(|(name, value)| Some((name, value?))));
    workdir.check(&mut export, 0);
    assert_eq!(manifest(&workdir.path("export"))["verdict"]["state"], "complete");
    let calls = space.calls();
    assert_eq!(calls.len(), 9 + 1_800 + 9);
    let begins = places(&calls, |call| call == "list?");
    let last_page = places(&calls, |call| call == "list?800")[1];
    let last_detail = *places(&calls, |call| !call.starts_with("list")).last().unwrap();
    assert!(begins[1] < last_detail, "the sweep began when everything was read: {begins:?}");
    assert!(begins[1] > calls.len() / 2, "the sweep began early: {begins:?}");
    assert!(last_page.abs_diff(last_detail) < 600, "they end within a second: {last_page} and {last_detail}");
}

#[test]
fn whom_a_sweep_finds_while_details_are_read_comes_behind_them_in_a_part_of_their_own() {
    // Two who were there and moved, and one who is new; each sweep takes long, so it begins at once.
    let order = |pass| match pass {
        0 => (0..30).collect(),
        1 => [70, 71].into_iter().chain(0..30).collect(),
        _ => [72, 70, 71].into_iter().chain(0..30).collect(),
    };
    for (sweeps, found, state) in
        [("1", vec![2], "incomplete"), ("2", vec![2, 1], "incomplete"), ("9", vec![2, 1, 0], "complete")]
    {
        let space = Space::start(passes(order));
        let workdir = Workdir::new();
        workdir.check(&mut space.export(&workdir, &["--part-size", "20", "--sweeps", sweeps]), 0);
        let export = workdir.path("export");
        let manifest = manifest(&export);
        assert_eq!(manifest["listing"]["found_by_sweep"], json!(found), "{manifest}");
        assert_eq!(manifest["verdict"]["state"], state, "{manifest}");
        let expected: Vec<u64> = (0..30).chain(70..70 + found.iter().sum::<u64>()).collect();
        assert_eq!(ids(&export), numbered(expected));
        let parts = manifest["parts"].as_array().unwrap().iter();
        let sizes: Vec<u64> = parts.map(|part| part["profiles"].as_u64().unwrap()).collect();
        let finds = found.into_iter().filter(|found| *found > 0);
        assert_eq!(sizes, [20, 10].into_iter().chain(finds).collect::<Vec<_>>(), "{sweeps} sweeps");

        let piped = workdir.check(&mut space.export(&workdir, &["-o", "-", "--plain", "--sweeps", sweeps]), 0);
        assert_eq!(String::from_utf8(piped.stdout).unwrap().lines().count(), 33, "the space has had its passes by now");
    }
}

/// Kills an export in the middle of its first sweep: behind the page with `seen`, before the one that follows.
fn killed_in_a_sweep(workdir: &Workdir, order: impl Fn(usize) -> Vec<u64> + Send + Sync + 'static) -> Space {
    let (asked, hold) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
    let Script { list, .. } = passes(order);
    let (list, begun) = (list.unwrap(), AtomicUsize::new(0));
    let signs = (Arc::clone(&asked), Arc::clone(&hold));
    let list = move |next: &str, call: usize| {
        let pass = begun.fetch_add(usize::from(next.is_empty()), Ordering::SeqCst) + usize::from(next.is_empty());
        while pass == 2 && next == "2" && signs.1.load(Ordering::SeqCst) {
            signs.0.store(true, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(2));
        }
        list(next, call)
    };
    let space = Space::start(Script { list: Some(Box::new(list)), ..Script::default() });
    let mut child = space.export(workdir, &[]).stderr(Stdio::null()).spawn().unwrap();
    while !asked.load(Ordering::SeqCst) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before its sweep");
        std::thread::sleep(Duration::from_millis(2));
    }
    // Until what it has of the sweep is in its list.
    let listing = workdir.path("export/listing.ndjson");
    while !fs::read_to_string(&listing).unwrap().contains("{\"pass\":1,") {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    hold.store(false, Ordering::SeqCst);
    space.calls();
    space
}

#[test]
fn a_sweep_that_was_broken_off_is_begun_anew_and_promises_nothing_for_what_it_saw() {
    // use_9 moved past the first listing, then stood behind what the first sweep saw, and is at the front by the next run.
    for (first, found, state) in
        [(vec![0, 1, 2, 3, 9], vec![1], "incomplete"), (vec![8, 0, 1, 2, 3, 9], vec![2], "incomplete")]
    {
        let workdir = Workdir::new();
        let second: Vec<u64> = [9].into_iter().chain(first.iter().copied().filter(|id| *id != 9)).collect();
        let order = move |pass| match pass {
            0 => (0..4).collect(),
            1 => first.clone(),
            _ => second.clone(),
        };
        let space = killed_in_a_sweep(&workdir, order);
        let export = workdir.path("export");
        workdir.check(&mut space.export(&workdir, &[]), 0);
        let swept: Vec<String> = space.calls().into_iter().filter(|call| call.starts_with("list")).collect();
        assert_eq!(swept[..2], ["list?", "list?2"], "from its start");
        let whole = manifest(&export);
        assert_eq!(whole["listing"]["found_by_sweep"], json!(found), "{whole}");
        assert_eq!(whole["verdict"]["state"], state, "{whole}");
        assert_eq!(whole["listing"]["oddities"], json!([]), "{whole}");
        assert!(sorted(&export).contains("use_9"), "{:?}", ids(&export));
        let two = ["--sweeps", "2"];
        workdir.check(&mut space.export(&workdir, &two), 0);
        assert_eq!(manifest(&export)["verdict"]["state"], "complete");
        assert_eq!(manifest(&export)["books"]["listed"], ids(&export).len());
    }
}

#[test]
fn a_sweep_that_version_0_1_0_left_is_begun_anew() {
    for (left, found, state, parts) in
        [("nobody", vec![1], "incomplete", [4, 2, 1].as_slice()), ("somebody", vec![2], "incomplete", &[4, 2, 2])]
    {
        let workdir = broken_off_by_version_0_1_0(left);
        // use_8 stood behind the first page of the sweep that was broken off, and has moved to the front since.
        let with_nine: &[u64] = if left == "somebody" { &[9] } else { &[] };
        let order: Vec<u64> = [8].into_iter().chain(with_nine.iter().copied()).chain(0..6).collect();
        let space = Space::start(passes(move |_| order.clone()));
        let export = workdir.path("export");
        space.adopt(&export);
        workdir.check(&mut space.export(&workdir, &["--part-size", "4"]), 0);
        let whole = manifest(&export);
        assert_eq!(whole["listing"]["found_by_sweep"], json!(found), "{left}: {whole}");
        assert_eq!(whole["verdict"]["state"], state, "{left}: {whole}");
        let there: BTreeSet<String> =
            numbered((0..6).chain([8]).chain(with_nine.iter().copied())).into_iter().collect();
        assert_eq!(sorted(&export), there, "{left}");
        let sizes: Vec<u64> =
            whole["parts"].as_array().unwrap().iter().map(|part| part["profiles"].as_u64().unwrap()).collect();
        assert_eq!(sizes, parts, "{left}");
        workdir.check(&mut space.export(&workdir, &["--part-size", "4", "--sweeps", "2"]), 0);
        assert_eq!(manifest(&export)["verdict"]["state"], "complete", "{left}");
    }
}

#[test]
fn a_sweep_that_ended_before_the_details_of_a_killed_run_is_made_again_for_those_who_came_since() {
    // The list takes longer than the details are thought to take, so the sweep begins at once; then one detail hangs.
    let poison = BTreeSet::from(["use_39".to_owned()]);
    let order = |pass| if pass < 2 { (0..40).collect() } else { [50].into_iter().chain(0..40).collect() };
    let space = Space::start(Script { poison: poison.into(), ..passes(order) });
    let workdir = Workdir::new();
    let mut child = space.export(&workdir, &[]).stderr(Stdio::null()).spawn().unwrap();
    let listing = workdir.path("export/listing.ndjson");
    let ended = "{\"pass\":1,\"listed\":2,\"ids\":[],\"end\"";
    while !fs::read_to_string(&listing).unwrap_or_default().contains(ended) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before its sweep");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(manifest(&workdir.path("export"))["books"]["exported"].as_u64().unwrap() < 40);
    space.cure();
    workdir.check(&mut space.export(&workdir, &[]), 0);
    let whole = manifest(&workdir.path("export"));
    assert_eq!(whole["listing"]["found_by_sweep"], json!([1]), "{whole}");
    assert_eq!(ids(&workdir.path("export")), numbered((0..40).chain([50])));
}

#[test]
fn death_at_any_write_while_a_sweep_finds_somebody_loses_nobody_and_claims_nothing() {
    let everybody: BTreeSet<String> = numbered(0..8).into_iter().collect();
    // Of 8, the first listing never sees one who moves, and each sweep sees all.
    let order = |pass| if pass == 0 { (0..7).collect() } else { [7].into_iter().chain(0..7).collect::<Vec<u64>>() };
    let mut at = 0;
    loop {
        at += 1;
        let space = Space::start(passes(order));
        let workdir = Workdir::new();
        let mut first = space.export(&workdir, &["--part-size", "3"]);
        let survived = first.env("DIE_AT_WRITE", at.to_string()).output().unwrap().status.success();
        workdir.check(&mut space.export(&workdir, &["--part-size", "3"]), 0);
        let export = workdir.path("export");
        let whole = manifest(&export);
        let found = whole["listing"]["found_by_sweep"].as_array().unwrap().last().cloned();
        let complete = whole["verdict"]["state"] == "complete";
        assert_eq!(complete, found == Some(json!(0)), "death at write {at}: {whole}");
        assert_eq!(sorted(&export), everybody, "death at write {at}");
        assert!(profiles(&export).iter().all(|profile| profile["traits"]["name"] == profile["segment_id"]));
        if survived {
            break;
        }
    }
    assert!(at > 25, "only {at} places to die at");
}

#[test]
fn a_sweep_that_fails_keeps_nobody_from_being_read() {
    let order = |pass| if pass < 2 { (0..30).collect::<Vec<u64>>() } else { (0..31).collect() };
    let Script { list, .. } = passes(order);
    let (list, begun) = (list.unwrap(), AtomicUsize::new(0));
    let failing = move |next: &str, call: usize| {
        let pass = begun.fetch_add(usize::from(next.is_empty()), Ordering::SeqCst) + usize::from(next.is_empty());
        // A refusal has no repetition: a page that is none would be asked for six times.
        if pass == 2 && next == "4" { json!({"refuse": 403}) } else { list(next, call) }
    };
    let latency = Duration::from_millis(2);
    let space = Space::start(Script { list: Some(Box::new(failing)), latency, ..Script::default() });
    let workdir = Workdir::new();
    let output = workdir.check(&mut space.export(&workdir, &[]), 1);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("kept: 30 of 30 profiles in `export`"), "{said}");
    assert_eq!(ids(&workdir.path("export")), numbered(0..30));
    workdir.check(&mut space.export(&workdir, &[]), 0);
    let whole = manifest(&workdir.path("export"));
    assert_eq!((&whole["listing"]["found_by_sweep"], &whole["verdict"]["state"]), (&json!([1]), &json!("incomplete")));
}
