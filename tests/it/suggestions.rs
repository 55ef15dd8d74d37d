//! Commands that are suggested: typed in one room, and working when they are pasted.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

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
