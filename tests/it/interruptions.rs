//! The export killed, interrupted and dying at its writes: whatever the moment, the archive becomes the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    hearing::{send, send_until_heard},
    space::{Script, Space, ids, manifest, numbered},
    workdir::Workdir,
};

/// Everything in a folder but the manifest's clock times and calls, which differ from run to run.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut content: BTreeMap<String, Vec<u8>> =
        files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect();
    content.remove(".lock");
    let mut manifest = manifest(folder);
    for clock in ["started_at", "updated_at", "calls"] {
        assert!(manifest.as_object_mut().unwrap().remove(clock).is_some(), "{clock}");
    }
    content.insert("manifest.json".into(), manifest.to_string().into());
    content
}

/// Lets an export die at each of its writes and another one continue; gives how many writes there are.
fn die_at_every_write(space: &Space, prepare: impl Fn(&Workdir), arguments: &[&str]) -> u64 {
    let (whole, mut at) = (Workdir::new(), 0);
    prepare(&whole);
    whole.check(&mut space.export(&whole, arguments), 0);
    let whole = content(&whole.path("export"));
    loop {
        at += 1;
        let workdir = Workdir::new();
        prepare(&workdir);
        let mut first = space.export(&workdir, arguments);
        let survived = first.env("DIE_AT_WRITE", at.to_string()).output().unwrap().status.success();
        workdir.check(&mut space.export(&workdir, arguments), 0);
        let names = |content: &BTreeMap<String, Vec<u8>>| content.keys().cloned().collect::<Vec<_>>();
        let resumed = content(&workdir.path("export"));
        assert!(resumed == whole, "death at write {at}: {:?}, not {:?}", names(&resumed), names(&whole));
        if survived {
            return at - 1;
        }
    }
}

#[test]
fn death_at_any_write_of_a_list_its_details_and_a_sweep_changes_nothing() {
    let vanished = BTreeSet::from(["use_5".to_owned()]);
    let space = Space::start(Script { profiles: 120, vanished, ..Script::default() });
    let writes = die_at_every_write(&space, |_| (), &["--part-size", "50"]);
    assert!(writes > 30, "only {writes} places to die at");
}

#[test]
fn death_at_any_write_of_a_run_that_tries_failed_profiles_again_changes_nothing() {
    let poison = BTreeSet::from(["use_1".to_owned(), "use_2".to_owned(), "use_6".to_owned()]);
    let space = Space::start(Script { profiles: 9, poison: poison.into(), ..Script::default() });
    let failed = Workdir::new();
    failed.check(&mut space.export(&failed, &["--part-size", "2"]), 3);
    space.cure();
    let prepare = |workdir: &Workdir| {
        fs::create_dir(workdir.path("export")).unwrap();
        for file in fs::read_dir(failed.path("export")).unwrap().map(|entry| entry.unwrap()) {
            fs::copy(file.path(), workdir.path("export").join(file.file_name())).unwrap();
        }
    };
    let writes = die_at_every_write(&space, prepare, &["--part-size", "2"]);
    assert!(writes > 15, "only {writes} places to die at");
}

/// Lets the part of that number fail to get its name, then be written after all; gives the manifest's books.
fn fail_at_part(space: &Space, workdir: &Workdir, part: u32, arguments: &[&str]) -> serde_json::Value {
    let in_the_way = workdir.path(format!("export/profiles-{part:06}.ndjson.gz"));
    fs::create_dir_all(in_the_way.join("folder")).unwrap();
    let failed = workdir.check(&mut space.export(workdir, arguments), 1);
    let words = String::from_utf8(failed.stderr).unwrap();
    assert!(words.contains(&format!("cannot write `export/profiles-{part:06}.ndjson.gz`")), "{words}");
    fs::remove_dir_all(in_the_way).unwrap();
    workdir.check(&mut space.export(workdir, arguments), 0);
    manifest(&workdir.path("export"))["books"].clone()
}

#[test]
fn a_part_that_cannot_be_written_takes_nobody_along() {
    // Those who vanished before and after it must not stand for those whose part was lost.
    let vanished: BTreeSet<String> = ["use_3", "use_60", "use_75", "use_119"].map(str::to_owned).into();
    let space = Space::start(Script { profiles: 120, vanished: vanished.clone(), ..Script::default() });
    let there: Vec<String> = numbered(0..120).into_iter().filter(|id| !vanished.contains(id)).collect();
    for part in [2, 3] {
        let workdir = Workdir::new();
        let books = fail_at_part(&space, &workdir, part, &["--part-size", "40"]);
        assert_eq!(books, serde_json::json!({"listed": 120, "exported": 116, "vanished": 4, "failed": 0}), "{part}");
        assert_eq!(ids(&workdir.path("export")), there, "{part}");
    }
}

#[test]
fn a_part_of_profiles_that_failed_before_is_tried_again_until_it_is_written() {
    let poison = BTreeSet::from(["use_1".to_owned(), "use_2".to_owned(), "use_6".to_owned()]);
    let space = Space::start(Script { profiles: 9, poison: poison.into(), ..Script::default() });
    let workdir = Workdir::new();
    workdir.check(&mut space.export(&workdir, &["--part-size", "2"]), 3);
    space.cure();
    let books = fail_at_part(&space, &workdir, 4, &["--part-size", "2"]);
    assert_eq!(books, serde_json::json!({"listed": 9, "exported": 9, "vanished": 0, "failed": 0}));
    let exported: BTreeSet<String> = ids(&workdir.path("export")).into_iter().collect();
    assert_eq!(exported, numbered(0..9).into_iter().collect());
}

/// Kills the export when the server has seen so many calls; tells whether it was still at work.
fn killed(space: &Space, workdir: &Workdir, signal: &str, calls: usize) -> bool {
    // It comes a little further at most, however late the signal.
    space.hold_after(calls + 3);
    let mut child = space.export(workdir, &[]).stderr(Stdio::null()).spawn().unwrap();
    let at_work = space.saw(calls, &mut child);
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
    child.wait().unwrap();
    space.release();
    at_work && sent.success()
}

#[test]
fn killed_at_any_number_of_calls_the_archive_becomes_the_same() {
    let whole = Workdir::new();
    let latency = Duration::from_millis(1);
    let space = Space::start(Script { profiles: 220, latency, ..Script::default() });
    whole.check(&mut space.export(&whole, &[]), 0);
    let mut kills = 0;
    for calls in [1, 2, 3, 20, 53, 54, 55, 120, 200, 333, 430, 441, 444] {
        let workdir = Workdir::new();
        space.calls();
        kills += u32::from(killed(&space, &workdir, "-KILL", calls));
        workdir.check(&mut space.export(&workdir, &[]), 0);
        let same = content(&workdir.path("export")) == content(&whole.path("export"));
        assert!(same, "killed after {calls} calls, it holds {:?}", ids(&workdir.path("export")));
        let mut times: BTreeMap<String, u64> = BTreeMap::new();
        for call in space.calls().into_iter().filter(|call| !call.starts_with("list")) {
            *times.entry(call).or_default() += 1;
        }
        // Of a part of 25, and of what was in flight beside it.
        let twice = times.values().filter(|times| **times > 1).count();
        assert!(twice <= 2 * (25 + 100), "{twice} calls were made twice after a kill at {calls}");
        assert!(times.values().all(|times| *times <= 2));
    }
    assert!(kills >= 10, "only {kills} came while the export was at work");
}

#[test]
fn an_interrupt_drains_commits_and_says_how_to_go_on() {
    let space = Space::start(Script { profiles: 3_000, latency: Duration::from_millis(5), ..Script::default() });
    let workdir = Workdir::new();
    space.hold_after(500);
    let mut child = space.export(&workdir, &[]).stderr(Stdio::piped()).spawn().unwrap();
    assert!(space.saw(501, &mut child), "it ended early");
    send_until_heard(&child, "-INT");
    space.release();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("segment-to-voucherify export --rate 3000 --part-size 25"), "{stderr}");
    let before = ids(&workdir.path("export"));
    assert!(before.len() > 100, "what was in flight is kept: {}", before.len());
    let read: BTreeSet<String> = space.calls().into_iter().collect();
    assert!(read.len() > 2 * before.len(), "lists are calls too");
    workdir.check(&mut space.export(&workdir, &[]), 0);
    assert_eq!(ids(&workdir.path("export")), numbered(0..3_000));
    let again = space.calls().into_iter().filter(|call| read.contains(call) && !call.starts_with("list")).count();
    assert_eq!(again, 0, "nothing is fetched twice after an orderly end");
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let space = Space::profiles(30);
    space.hold_after(9);
    let workdir = Workdir::new();
    let mut child = space.export(&workdir, &[]).stderr(Stdio::piped()).spawn().unwrap();
    assert!(space.saw(10, &mut child), "it ended early");
    send_until_heard(&child, "-INT");
    send(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stderr.contains("interrupted: what was on disk before is there; to go on: `segment-to-voucherify export"),
        "at once, not in order: {stderr}"
    );
}

#[test]
#[expect(clippy::print_stderr, reason = "who runs the tests should know what they did not prove")]
fn on_a_terminal_it_asks_and_goes_on_where_it_stopped() {
    let poison = BTreeSet::from(["use_3".to_owned()]);
    let space = Space::start(Script { profiles: 60, poison: poison.into(), ..Script::default() });
    let workdir = Workdir::new();
    let export = space.export(&workdir, &["--max-failures", "0"]);
    // `script` gives the command a terminal of its own.
    let words = std::iter::once(export.get_program()).chain(export.get_args()).map(|word| word.to_str().unwrap());
    let mut on_terminal = Command::new("script");
    on_terminal.args(["-qec", &words.collect::<Vec<_>>().join(" "), "/dev/null"]);
    on_terminal.current_dir(workdir.path("")).env_clear().envs(std::env::vars().filter(|(name, _)| name == "PATH"));
    on_terminal.envs(export.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let Ok(mut child) = on_terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        eprintln!("skipped: there is no `script` here");
        return;
    };
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(b"Do you wish to resume the process? [y/N]")
        && child.stdout.as_mut().unwrap().read(&mut byte).unwrap() > 0
    {
        said.push(byte[0]);
    }
    let before = space.calls();
    space.cure();
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("more than 0 profiles could not be read; the last words were: poison"), "{said}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stdout));
    let exported: BTreeSet<String> = ids(&workdir.path("export")).into_iter().collect();
    assert_eq!(exported, numbered(0..60).into_iter().collect());
    assert!(before.contains(&"list?".to_owned()));
    assert_eq!(space.calls().iter().filter(|call| call.starts_with("list")).count(), 1, "the sweep alone");
}
