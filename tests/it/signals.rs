//! INT, TERM and HUP alike: in a transform, at a question, in a call that hangs; and readers that leave a pipe early.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    hearing::{send, send_until_heard},
    space::{Script, Space},
    upload::project::{eventually, side_by_side},
    workdir::Workdir,
};

const SIGNALS: [&str; 3] = ["-INT", "-TERM", "-HUP"];

/// Waits for the end; gives exit code and stderr.
fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A transform of standard input that has begun to write, and waits for more.
fn waiting(workdir: &Workdir, command: &mut Command) -> Child {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("a transform begins", || workdir.path("batches/.staging").exists());
    child
}

#[test]
fn a_transform_that_is_interrupted_says_what_it_left_and_sweeps() {
    for (signal, before) in SIGNALS.into_iter().zip([false, true, false]) {
        let workdir = Workdir::new();
        if before {
            fs::write(workdir.path("one.ndjson"), PROFILE).unwrap();
            workdir.run(&["transform", "one.ndjson"], 0);
        }
        let manifest = fs::read(workdir.path("batches/manifest.json")).ok();
        let mut child = waiting(&workdir, workdir.command().args(["transform", "-"]));
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(PROFILE.as_bytes()).unwrap();
        // It hears of the signal before its input ends.
        send_until_heard(&child, signal);
        drop(stdin);
        let (code, stderr) = ended(child);
        assert_eq!(code, Some(130), "{signal}: {stderr}");
        let kept = if before { "what it held before is there" } else { "nothing is in it" };
        let expected = format!(
            "interrupted: the transform did not come to its end\nkept: `batches`: {kept}\n\
             hint: to transform anew, run the same command again: `segment-to-voucherify transform -`\n"
        );
        assert!(stderr.ends_with(&expected), "{signal}: {stderr}");
        assert!(!workdir.path("batches/.staging").exists(), "{signal}");
        assert_eq!(fs::read(workdir.path("batches/manifest.json")).ok(), manifest, "{signal}");
    }
}

const PROFILE: &str =
    "{\"segment_id\":\"use_1\",\"external_ids\":{\"user_id\":\"u-1\"},\"traits\":{\"name\":\"Ada\"}}\n";

#[test]
fn a_second_signal_ends_at_once_and_sweeps_all_the_same() {
    let took = || {
        let workdir = Workdir::new();
        let mut child = waiting(&workdir, workdir.command().args(["transform", "-"]));
        let _open = child.stdin.take().unwrap();
        send_until_heard(&child, "-TERM");
        let begun = Instant::now();
        send(&child, "-INT");
        let (code, stderr) = ended(child);
        let took = begun.elapsed();
        assert_eq!(code, Some(130), "{stderr}");
        assert!(stderr.contains("interrupted: the transform did not come to its end; kept: `batches`"), "{stderr}");
        assert!(!workdir.path("batches/.staging").exists());
        took
    };
    // It would end by itself eight seconds after the first; a machine may be busy with something else, but not each time.
    let mut times = vec![took()];
    while times.last().is_some_and(|last| *last > Duration::from_secs(4)) && times.len() < 4 {
        times.push(took());
    }
    assert!(times.last().is_some_and(|last| *last <= Duration::from_secs(4)), "it waited {times:?}");
}

#[test]
fn an_input_that_never_ends_is_left_after_a_while() {
    let workdir = Workdir::new();
    let mut child = waiting(&workdir, workdir.command().args(["transform", "-"]));
    let _open = child.stdin.take().unwrap();
    send(&child, "-HUP");
    let (code, stderr) = ended(child);
    assert_eq!(code, Some(130), "{stderr}");
    assert!(!workdir.path("batches/.staging").exists());
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    for signal in ["INT", "TERM", "HUP"] {
        let workdir = Workdir::new();
        let program = workdir.command().get_program().to_owned();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' {signal}; exec \"$0\" transform -")]).arg(program);
        shell.current_dir(workdir.path("")).env_clear().env("PATH", Workdir::search_path());
        let mut child = waiting(&workdir, &mut shell);
        send(&child, &format!("-{signal}"));
        std::thread::sleep(Duration::from_millis(300));
        child.stdin.take().unwrap().write_all(PROFILE.as_bytes()).unwrap();
        let (code, stderr) = ended(child);
        assert_eq!(code, Some(0), "{signal}: {stderr}");
        assert!(stderr.contains("read 1 = customers 1 + rejected 0"), "{signal}: {stderr}");
    }
}

/// A server that takes calls and never answers; tells when the first one came.
fn silent() -> (String, std::sync::mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (came, coming) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 64]);
            let _ = came.send(());
            open.push(stream);
        }
    });
    (url, coming)
}

#[test]
fn calls_that_hang_are_left_in_every_phase() {
    let prepare = || {
        let workdir = Workdir::new();
        fs::write(workdir.path("one.ndjson"), PROFILE).unwrap();
        workdir.run(&["transform", "one.ndjson"], 0);
        workdir
    };
    for (signal, arguments) in SIGNALS.into_iter().zip([&["export"][..], &["upload"], &["export", "-o", "-"]]).chain([
        ("-TERM", &["upload", "--dry-run"][..]),
        ("-HUP", &["schema"]),
        ("-INT", &["migrate"]),
    ]) {
        let (workdir, (url, coming)) = (prepare(), silent());
        let mut command = workdir.command();
        for name in ["SEGMENT_API_URL", "VOUCHERIFY_API_URL"] {
            command.env(name, &url);
        }
        for name in ["SEGMENT_SPACE_ID", "SEGMENT_ACCESS_TOKEN", "VOUCHERIFY_APPLICATION_ID", "VOUCHERIFY_SECRET_KEY"] {
            command.env(name, "x");
        }
        let child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        coming.recv_timeout(Duration::from_mins(4)).unwrap();
        let begun = Instant::now();
        send(&child, signal);
        let (code, stderr) = ended(child);
        assert_eq!(code, Some(130), "{arguments:?} {signal}: {stderr}");
        assert!(begun.elapsed() < Duration::from_mins(2), "{arguments:?} waited {:?}: {stderr}", begun.elapsed());
    }
}

/// An export on a terminal of its own, up to its question whether to go on. Its process id is in `pid`, and what it ends with in
/// `code`, since whoever owns the terminal may be gone by then. Nothing where there is no `script`.
fn asked(workdir: &Workdir, export: &Command, closed: bool) -> Option<Child> {
    let words = std::iter::once(export.get_program()).chain(export.get_args()).map(|word| word.to_str().unwrap());
    let command = words.collect::<Vec<_>>().join(" ");
    // A shell that outlives the signals.
    let tool = format!("sh -c 'echo $$ > pid; exec {command}'");
    let run = if closed {
        // The kernel tells the shell alone that its terminal is gone, and shells tell their jobs.
        format!(
            "{tool} < /dev/tty & tool=$!; trap 'kill -HUP $tool' HUP; wait $tool; code=$?
            while kill -0 $tool 2> /dev/null; do wait $tool; code=$?; done"
        )
    } else {
        format!("trap : HUP INT TERM; {tool}; code=$?")
    };
    let inner = format!("{run}; echo $code > ended; mv ended code");
    fs::write(workdir.path("inner.sh"), inner).unwrap();
    let mut on_terminal = Command::new("script");
    on_terminal.args(["-qc", "sh inner.sh", "/dev/null"]).current_dir(workdir.path("")).env_clear();
    on_terminal.envs(std::env::vars().filter(|(name, _)| name == "PATH"));
    on_terminal.envs(export.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = on_terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let (mut said, mut byte) = (Vec::new(), [0]);
    while !said.ends_with(b"Do you wish to resume the process? [y/N]")
        && child.stdout.as_mut().unwrap().read(&mut byte).unwrap() > 0
    {
        said.push(byte[0]);
    }
    Some(child)
}

#[test]
#[expect(clippy::print_stderr, reason = "who runs the tests should know what they did not prove")]
fn a_question_is_left_by_any_signal_and_what_was_kept_is_said() {
    // The keyboard, the signals, and a terminal that is closed, which says nothing any more.
    side_by_side(&["keyboard", "-INT", "-TERM", "-HUP", "closed"], |way| {
        let poison = BTreeSet::from(["use_3".to_owned()]);
        let space = Space::start(Script { profiles: 60, poison: poison.into(), ..Script::default() });
        let workdir = Workdir::new();
        let Some(mut child) = asked(&workdir, &space.export(&workdir, &["--max-failures", "0"]), *way == "closed")
        else {
            eprintln!("skipped: there is no `script` here");
            return;
        };
        match *way {
            "keyboard" => child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap(),
            "closed" => child.kill().unwrap(),
            signal => {
                let pid = fs::read_to_string(workdir.path("pid")).unwrap();
                assert!(Command::new("kill").args([signal, pid.trim()]).status().unwrap().success());
            }
        }
        eventually(&format!("{way}: it ends"), || workdir.path("code").exists());
        let rest = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(fs::read_to_string(workdir.path("code")).unwrap(), "130\n", "{way}: {rest}");
        if *way != "closed" {
            let kept = "profiles in `export`; to continue: segment-to-voucherify export";
            assert!(rest.contains(kept), "{way}: {rest}");
        }
        // What was kept is whole, and the same command goes on from it.
        space.cure();
        workdir.check(&mut space.export(&workdir, &["--max-failures", "0"]), 0);
        let manifest: Value = serde_json::from_slice(&fs::read(workdir.path("export/manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest["books"]["exported"], 60, "{way}: {manifest}");
    });
}

#[test]
fn a_reader_that_leaves_early_is_told_of_and_the_tables_are_there() {
    let workdir = Workdir::new();
    let people: Vec<String> = (0..20_000)
        .map(|number| {
            let birthday = if number % 10 == 0 { "no date" } else { "1990-02-28" };
            format!(
                "{{\"segment_id\":\"use_{number}\",\"external_ids\":{{\"user_id\":\"u-{number}\"}},\
                 \"traits\":{{\"name\":\"Ada {number}\",\"birthday\":\"{birthday}\"}}}}"
            )
        })
        .collect();
    fs::write(workdir.path("people.ndjson"), people.join("\n")).unwrap();
    let mut command = workdir.command();
    command.args(["transform", "people.ndjson", "-o", "-", "--plain", "--batch-customers", "50"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 100]).unwrap();
    let (code, stderr) = ended(child);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("error: cannot write the batches to standard output: whoever reads them left early"),
        "{stderr}"
    );
    let warnings = fs::read_to_string(workdir.path("warnings.csv")).unwrap();
    assert!(warnings.contains("invalid_birthdate"), "{warnings}");
    assert!(workdir.path("rejects.csv").exists());
}

#[test]
fn an_export_whose_reader_leaves_early_fails() {
    let space = Space::start(Script { profiles: 4_000, ..Script::default() });
    let workdir = Workdir::new();
    let mut command = space.export(&workdir, &[]);
    let words: Vec<_> =
        command.get_args().map(ToOwned::to_owned).filter(|word| word != "--part-size" && word != "25").collect();
    let envs: Vec<_> = command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
    command = workdir.command();
    command.args(words).args(["-o", "-", "--plain"]).envs(envs);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
    let (code, stderr) = ended(child);
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("error: stdout cannot be written"), "{stderr}");
}
