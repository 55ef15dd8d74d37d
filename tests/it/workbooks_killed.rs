//! Whoever dies or is stopped in the middle of a workbook leaves nothing behind that the next run does not sweep.

use std::{collections::BTreeSet, fs, path::Path, process::Stdio};

use serde_json::json;

use crate::{hearing::send, workdir::Workdir};

/// People without an id, each of whom is a row of the workbook: so many that it takes a while to write.
fn people() -> Workdir {
    let workdir = Workdir::new();
    let line =
        |number: u32| json!({"segment_id": format!("use_{number}"), "traits": {"name": "Ada"}}).to_string() + "\n";
    fs::write(workdir.path("people"), (0..30_000).map(line).collect::<String>()).unwrap();
    workdir
}

/// The names of all files below a folder, hidden ones too.
fn names(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        names.extend(self::names(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        names.insert(name);
    }
    names
}

/// Runs until the workbook is being written, sends a signal, and gives how it ended.
fn stopped(
    prepare: impl Fn() -> Workdir,
    arguments: &[&str],
    table: &str,
    signal: &str,
) -> (Workdir, Option<i32>, String) {
    // On a busy machine it may be done before anybody looks, but not each time.
    for _ in 0..6 {
        let workdir = prepare();
        let mut command = workdir.command();
        let mut child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut is_written = false;
        while !is_written && child.try_wait().unwrap().is_none() {
            let names = names(&workdir.path(""));
            // The table that it is made of is whole, and another file is not.
            is_written = names.contains(table) && names.iter().any(|name| name.contains(".unfinished-"));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        if is_written {
            send(&child, signal);
        }
        let output = child.wait_with_output().unwrap();
        if output.status.code() != Some(0) {
            return (workdir, output.status.code(), String::from_utf8(output.stderr).unwrap());
        }
    }
    panic!("nobody looked while a workbook was written")
}

#[test]
fn a_workbook_that_is_not_finished_is_swept() {
    let whole = people();
    let folder = ["transform", "people", "--tables", "xlsx"];
    whole.run(&folder, 0);
    let bytes = fs::read(whole.path("batches/rejects.xlsx")).unwrap();
    let expected = names(&whole.path(""));
    let prepare = || {
        let workdir = people();
        workdir.run(&["transform", "people"], 0);
        workdir
    };
    let ready = prepare();
    let manifest = fs::read(ready.path("batches/manifest.json")).unwrap();
    let before = names(&ready.path(""));
    for signal in ["-KILL", "-INT", "-TERM", "-HUP"] {
        let (workdir, code, said) = stopped(prepare, &folder, "batches/.staging/rejects.csv", signal);
        assert_eq!(fs::read(workdir.path("batches/manifest.json")).unwrap(), manifest, "{signal}");
        if signal == "-KILL" {
            assert_eq!(code, None, "{said}");
        } else {
            assert_eq!(code, Some(130), "{signal}: {said}");
            assert!(said.contains("kept: `batches`: what it held before is there"), "{signal}: {said}");
            assert_eq!(names(&workdir.path("")), before, "{signal}");
        }
        workdir.run(&folder, 0);
        assert_eq!(names(&workdir.path("")), expected, "{signal}");
        assert!(fs::read(workdir.path("batches/rejects.xlsx")).unwrap() == bytes, "{signal}");
    }
}

#[test]
fn beside_a_pipe_nothing_is_left_either() {
    let arguments = ["transform", "people", "-o", "-", "--tables", "xlsx"];
    for signal in ["-KILL", "-INT"] {
        let (workdir, code, said) = stopped(people, &arguments, "rejects.csv", signal);
        assert_eq!(code, if signal == "-KILL" { None } else { Some(130) }, "{said}");
        workdir.run(&arguments, 0);
        let expected = ["people", "rejects.csv", "rejects.xlsx", "warnings.csv", "warnings.xlsx"];
        assert_eq!(names(&workdir.path("")).into_iter().collect::<Vec<_>>(), expected, "{signal}");
    }
}
