//! Commands that are suggested: typed in one room, and working when they are pasted.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::workdir::Workdir;

/// All source files of the crate.
pub(crate) fn sources() -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

#[test]
fn no_command_line_is_built_outside_its_room() {
    let commands = [
        "export",
        "transform",
        "upload",
        "migrate",
        "inspect",
        "status",
        "schema",
        "explain",
        "report",
        "verify",
        "undo",
        "diff",
        "warehouse",
        "gather",
        "sandbox",
        "completions",
        "{",
    ];
    let built = |line: &str| {
        let named = |command| line.contains(&format!("segment-to-voucherify {command}"));
        commands.into_iter().any(named)
            || line.contains("run the same command")
            || line.contains("the same command with")
    };
    let mut found = Vec::new();
    for path in sources() {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
        // The examples of the help are held against the parser by a test beside them.
        if ["src/invocation/", "src/cli/", "src/failure.rs"].iter().any(|room| name.starts_with(room))
            || name.ends_with("tests.rs")
        {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim_start().starts_with("//") && built(line));
        found.extend(lines.map(|(line, number)| format!("{name}:{number}: {}", line.trim())));
    }
    assert!(found.is_empty(), "typed by hand, not by `invocation`:\n{}", found.join("\n"));
}

/// The commands behind `next` and `or`.
fn suggested(stderr: &[u8]) -> Vec<String> {
    let lines = std::str::from_utf8(stderr).unwrap().lines();
    let next =
        lines.filter_map(|line| line.trim().strip_prefix("next  ").or_else(|| line.trim().strip_prefix("or    ")));
    next.map(str::to_owned).collect()
}

#[test]
fn what_a_rehearsal_suggests_works_where_the_program_is_not_installed() {
    let workdir = Workdir::new();
    let output = workdir
        .check(workdir.command().env("PATH", "/usr/bin:/bin").args(["migrate", "--sandbox", "--profiles", "40"]), 0);
    let suggested = suggested(&output.stderr);
    assert_eq!(suggested.len(), 3, "{suggested:?}");
    for (line, says) in suggested.iter().zip(["export: ", "user-0", "report: written"]) {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir("/").env_clear().env("PATH", "/usr/bin:/bin");
        let output = workdir.check(&mut shell, 0);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(says == "export: " || said.contains(says), "{line}\n{said}");
    }
    let folder = suggested[0].strip_prefix("cd ").unwrap().split(" && ").next().unwrap();
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_program_called_by_its_path_is_called_so_again() {
    let workdir = Workdir::new();
    let program = workdir.command().get_program().to_owned();
    let here = workdir.path("a b");
    fs::create_dir(&here).unwrap();
    std::os::unix::fs::symlink(&program, here.join("segment-to-voucherify")).unwrap();
    for (called, shown) in [
        ("a b/segment-to-voucherify", "'a b/segment-to-voucherify'"),
        ("./a b/segment-to-voucherify", "'./a b/segment-to-voucherify'"),
    ] {
        let mut command = Command::new(workdir.path(called));
        // A shell gives what was typed as the first word.
        std::os::unix::process::CommandExt::arg0(&mut command, called);
        command.current_dir(workdir.path("")).env_clear().arg("status");
        let stderr = String::from_utf8(workdir.check(&mut command, 2).stderr).unwrap();
        assert!(stderr.ends_with(&format!("or begin with: `{shown} export`\n")), "{stderr}");
    }
}

/// An archive of 120 made-up profiles in `people`, and batches of it in `b`.
fn elsewhere() -> Workdir {
    let workdir = Workdir::new();
    workdir.run(&["sandbox", "--write", "people", "--profiles", "120"], 0);
    workdir.run(&["transform", "people", "-o", "b", "--batch-customers", "50"], 0);
    workdir
}

fn said(workdir: &Workdir, arguments: &[&str], exit_code: i32) -> String {
    let output = workdir.run(arguments, exit_code);
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// Changes members of a manifest.
fn change(workdir: &Workdir, manifest: &str, change: impl Fn(&mut Value)) {
    let path = workdir.path(manifest);
    let mut json: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut json);
    fs::write(path, json.to_string()).unwrap();
}

#[test]
fn what_status_suggests_names_inputs_folder_and_options() {
    let workdir = elsewhere();
    let repeat = "segment-to-voucherify transform people -o b --batch-customers 50 --corrections b/rejects.csv";
    let nothing_filled_in = said(&workdir, &["status", "b"], 0);
    let first = "  first  to bring them over, fill in `corrected_value` in `b/rejects.csv`\n  then   ";
    assert!(nothing_filled_in.contains(&format!("{first}{repeat}\n")), "{nothing_filled_in}");
    assert!(nothing_filled_in.contains("  next  segment-to-voucherify upload b\n"), "{nothing_filled_in}");
    let rejects = fs::read_to_string(workdir.path("b/rejects.csv")).unwrap();
    let row = rejects.lines().position(|line| line.contains("missing_identifier")).unwrap();
    let filled: Vec<String> = rejects
        .lines()
        .enumerate()
        .map(|(number, line)| match line.rsplitn(4, ',').collect::<Vec<_>>()[..] {
            [place, file, "", before] if number == row => format!("{before},brought-over,{file},{place}"),
            _ => line.to_owned(),
        })
        .collect();
    fs::write(workdir.path("b/rejects.csv"), filled.join("\n")).unwrap();
    let filled_in = said(&workdir, &["status", "b"], 0);
    assert!(filled_in.contains(&format!("  next  {repeat}\n")), "{filled_in}");
    let words: Vec<&str> = repeat.split(' ').skip(1).collect();
    let transformed = said(&workdir, &words, 0);
    assert!(transformed.contains("1 = applied 1 + did not help 0"), "{transformed}");
}

#[test]
fn books_that_do_not_balance_are_not_mended_by_the_same_command() {
    let workdir = elsewhere();
    change(&workdir, "people/manifest.json", |manifest| manifest["books"]["exported"] = 119.into());
    let status = said(&workdir, &["status", "people"], 3);
    assert!(status.contains("  next  segment-to-voucherify status people --checksums\n"), "{status}");
    let checked = said(&workdir, &["status", "people", "--verify"], 3);
    assert!(checked.contains("  next  segment-to-voucherify export -o people-anew"), "{checked}");
    assert!(!checked.contains("--checksums"), "{checked}");
}

#[test]
fn an_archive_that_is_not_whole_is_told_before_and_after_its_transform() {
    for (wrong, doubt, export) in [
        (("verdict", Value::Null), "`people` is not finished: 120 of 120 profiles are there", "export -o people"),
        (
            ("books", json!({"listed": 140, "exported": 120, "vanished": 0, "failed": 0})),
            "does not balance",
            "export -o people",
        ),
        (
            ("books", json!({"listed": 120, "exported": 121, "vanished": 0, "failed": 0})),
            "does not balance",
            "export -o people",
        ),
    ] {
        let workdir = elsewhere();
        change(&workdir, "people/manifest.json", |manifest| {
            let (member, value) = &wrong;
            match value {
                Value::Null => drop(manifest.as_object_mut().unwrap().shift_remove(*member)),
                value => manifest[*member] = value.clone(),
            }
        });
        let transformed = said(&workdir, &["transform", "people", "-o", "c"], 3);
        assert_eq!(transformed.matches(doubt).count(), 2, "{transformed}");
        let next = format!("  next  segment-to-voucherify {export}");
        assert!(transformed.contains(&next), "{transformed}");
        let to_a_pipe = workdir.run(&["transform", "people", "-o", "-"], 3);
        assert!(!to_a_pipe.stdout.is_empty());
        let told = String::from_utf8(to_a_pipe.stderr).unwrap();
        assert_eq!(told.split_whitespace().collect::<Vec<_>>().join(" ").matches(doubt).count(), 2, "{told}");
    }
    let workdir = elsewhere();
    change(&workdir, "people/manifest.json", |manifest| {
        manifest["verdict"] = json!({"state": "incomplete", "reasons": ["a page repeated"]});
    });
    let noted = said(&workdir, &["transform", "people", "-o", "c"], 0);
    assert!(noted.contains("  next  segment-to-voucherify upload c\n"), "a verdict is a note: {noted}");
}

#[test]
fn of_several_archives_the_one_that_is_not_whole_is_told() {
    let workdir = elsewhere();
    workdir.run(&["sandbox", "--write", "others", "--profiles", "30", "--seed", "9"], 0);
    change(&workdir, "others/manifest.json", |manifest| {
        drop(manifest.as_object_mut().unwrap().shift_remove("verdict"));
    });
    let doubt = "`others` is not finished: 30 of 30 profiles are there";
    for (inputs, code) in [(&["people", "others"][..], 3), (&["others", "people"], 3), (&["people"], 0)] {
        for output in ["c", "-"] {
            let told = workdir.run(&[&["transform"], inputs, &["-o", output]].concat(), code).stderr;
            let told = String::from_utf8(told).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(told.matches(doubt).count(), if code == 3 { 2 } else { 0 }, "{told}");
            assert!(!told.contains("`people` is not"), "{told}");
        }
    }
    change(&workdir, "others/manifest.json", |manifest| {
        manifest["verdict"] = json!({"state": "complete"});
        manifest["parts"][0]["profiles"] = 29.into();
    });
    let told = said(&workdir, &["transform", "others", "-o", "d"], 3);
    assert!(told.contains("30 profiles were exported, and its parts hold 29"), "{told}");
}

#[test]
fn what_is_suggested_goes_to_the_region_that_it_is_about() {
    let workdir = crate::fixtures::migration();
    let target = workdir.path("batches/receipts/us1.api.voucherify.io_app-1");
    fs::rename(workdir.path("batches/receipts/api.voucherify.io-app-1"), target).unwrap();
    let eu = |manifest: &mut Value| manifest["options"]["api_url"] = "https://profiles.euw1.segment.com/".into();
    change(&workdir, "export/manifest.json", eu);
    let status = said(&workdir, &["status"], 3);
    for next in ["export --region eu", "upload --region us"] {
        assert!(status.contains(&format!("  next  segment-to-voucherify {next}")), "{status}");
    }
    for (id, next) in [("alan-4", "upload --region us --retry-refused"), ("use_06", "upload")] {
        let explained = said(&workdir, &["explain", id], 0);
        assert!(explained.contains(&format!("  segment-to-voucherify {next}")), "{explained}");
    }
}

#[test]
fn mistakes_in_numbers_and_names_say_what_there_is() {
    let workdir = elsewhere();
    let fields =
        "`fone` is no field that can be cleared; there are `name`, `description`, `email`, `phone`, `birthdate`";
    for (arguments, says) in [
        (&["export", "--rate", "0"][..], "a number of calls a second from 1 to 4294967295"),
        (&["export", "--rate=-5"], "a number of calls a second from 1 to 4294967295"),
        (&["export", "--rate", "fast"], "a number of calls a second from 1 to 4294967295"),
        (&["transform", "people", "--nulls", "clear=fone"], fields),
        (&["transform", "people", "--nulls", "clear=phone,fone"], fields),
        (
            &["transform", "people", "--nulls", "clear=source_id"],
            "`source_id` is no field that can be cleared; there are",
        ),
    ] {
        let stderr = said(&workdir, arguments, 2);
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    }
}

#[test]
fn what_stands_in_the_way_of_a_folder_is_not_called_a_matter_of_room() {
    let workdir = elsewhere();
    fs::remove_file(workdir.path("b/batch-000001.json.gz")).unwrap();
    fs::create_dir_all(workdir.path("b/batch-000001.json.gz/full")).unwrap();
    fs::write(workdir.path("b/batch-000001.json.gz/full/x"), "").unwrap();
    let stderr = said(&workdir, &["transform", "people", "-o", "b"], 1);
    assert!(!stderr.contains("make room"), "{stderr}");
    assert!(
        stderr.contains("something else is in its place: move that away, then run the same command again"),
        "{stderr}"
    );
}

#[test]
fn what_is_no_folder_of_the_kind_is_named_with_what_would_be() {
    let workdir = elsewhere();
    fs::write(workdir.path("file"), "x").unwrap();
    fs::create_dir(workdir.path("empty")).unwrap();
    for (arguments, code, words, hint) in [
        (&["gather", "file", "-o", "g"][..], 2, "`file` is a file, no folder of batches", "--partition I/N"),
        (&["gather", "b", "nowhere", "-o", "g"], 2, "`nowhere` is not there", "--partition I/N"),
        (&["gather", "empty", "-o", "g"], 2, "`empty` has no `manifest.json`", "run the transform that made it"),
        (&["sandbox", "--write", "file"], 1, "the profiles cannot be written: ", "something else is in its place"),
        (&["sandbox", "--write", "people"], 1, "`people` holds an archive already", "move that away"),
        (&["sandbox", "--single-file", "empty"], 2, "`--single-file` is `empty`, which is a folder", "name a file"),
        (&["sandbox", "--expect", "nowhere/file"], 2, "there is no folder `nowhere`", "make it: `mkdir -p nowhere`"),
    ] {
        let stderr = said(&workdir, arguments, code);
        assert!(stderr.contains(words) && stderr.contains(hint), "{arguments:?}: {stderr}");
        assert_eq!(fs::read_to_string(workdir.path("file")).unwrap(), "x");
    }
}

#[test]
fn what_one_phase_of_a_migration_suggests_works_when_it_is_pasted() {
    use segment_to_voucherify::sandbox::{
        APPLICATION_ID, SECRET_KEY, SEGMENT_TOKEN, SPACE_ID, Sandbox, SandboxOptions,
        voucherify::options::VoucherifyOptions,
    };
    let workdir = Workdir::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let voucherify = VoucherifyOptions { queue_ms: 0, refuse: vec!["user-0".into()], ..VoucherifyOptions::default() };
    let options = SandboxOptions { profiles: 6, voucherify, ..SandboxOptions::default() };
    let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
    let environment = [
        ("SEGMENT_API_URL", sandbox.segment_url()),
        ("SEGMENT_SPACE_ID", SPACE_ID.into()),
        ("SEGMENT_ACCESS_TOKEN", SEGMENT_TOKEN.into()),
        ("VOUCHERIFY_API_URL", sandbox.voucherify_url()),
        ("VOUCHERIFY_APPLICATION_ID", APPLICATION_ID.into()),
        ("VOUCHERIFY_SECRET_KEY", SECRET_KEY.into()),
    ];
    let run = |line: &str, exit_code: i32| {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(workdir.path("")).env_clear().env("PATH", Workdir::search_path());
        String::from_utf8(workdir.check(shell.envs(environment.clone()), exit_code).stderr).unwrap()
    };
    let said = run("segment-to-voucherify migrate --voucherify-region us", 3);
    let next: Vec<&str> = said.lines().filter(|line| line.contains("segment-to-voucherify upload")).collect();
    assert_eq!(next.len(), 1, "{said}");
    let command = next[0].trim().trim_start_matches("or").trim();
    assert_eq!(command, "segment-to-voucherify upload --region us --retry-refused", "{said}");
    run(command, 3);
    // Another export is in the way.
    let other = environment.iter().map(|(name, value)| (*name, value.clone())).collect::<Vec<_>>();
    let mut shell = Command::new("segment-to-voucherify");
    shell.arg("migrate").current_dir(workdir.path("")).env_clear().env("PATH", Workdir::search_path()).envs(other);
    let said = shell.env("SEGMENT_SPACE_ID", "spa_other").output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("another folder with `-o` (an option of `segment-to-voucherify export`)"), "{said}");
}
