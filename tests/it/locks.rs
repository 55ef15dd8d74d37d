//! One folder, one writer: who comes second hears of the first, and nobody is kept out by the dead.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::{Command, Output, Stdio},
};

use crate::{
    space::{Space, ids, manifest, numbered},
    workdir::Workdir,
};

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_second_export_hears_of_the_first_and_a_killed_one_keeps_nobody_out() {
    let space = Space::profiles(400);
    space.hold_after(100);
    let workdir = Workdir::new();
    let mut first = space.export(&workdir, &[]).stderr(Stdio::null()).spawn().unwrap();
    assert!(space.saw(100, &mut first));
    let said = stderr(&workdir.check(&mut space.export(&workdir, &[]), 1));
    let holder = format!("`export` is in use by process {} on ", first.id());
    assert!(said.contains(&holder) && said.contains(", exporting into it since 2"), "{said}");
    assert!(said.contains("hint: wait until that process has ended, or take another folder"), "{said}");
    assert_eq!(fs::metadata(workdir.path("export/.lock")).unwrap().permissions().mode() & 0o777, 0o600);
    first.kill().unwrap();
    first.wait().unwrap();

    let space = Space::profiles(60);
    let other = Workdir::new();
    fs::create_dir(other.path("export")).unwrap();
    fs::copy(workdir.path("export/.lock"), other.path("export/.lock")).unwrap();
    other.check(&mut space.export(&other, &[]), 0);
    assert_eq!(ids(&other.path("export")), numbered(0..60));
}

#[test]
fn links_in_the_place_of_our_own_files_are_not_followed() {
    for file in [".lock", "listing.ndjson"] {
        let space = Space::profiles(30);
        let workdir = Workdir::new();
        fs::write(workdir.path("diary"), "dear diary\n").unwrap();
        workdir.check(&mut space.export(&workdir, &["--sweeps", "0"]), 0);
        fs::remove_file(workdir.path("export").join(file)).unwrap();
        symlink("../diary", workdir.path("export").join(file)).unwrap();
        let said = stderr(&workdir.check(&mut space.export(&workdir, &["--sweeps", "1"]), 1));
        assert!(said.contains("it is a link, and must be a file of its own") && said.contains(file), "{file}: {said}");
        assert_eq!(fs::read_to_string(workdir.path("diary")).unwrap(), "dear diary\n", "{file}");
    }
    // What a manifest leads to is neither read nor written, be it there or not.
    let space = Space::profiles(30);
    let workdir = Workdir::new();
    fs::create_dir(workdir.path("export")).unwrap();
    symlink("../diary", workdir.path("export/manifest.json")).unwrap();
    fs::write(workdir.path("export/failures.csv"), "").unwrap();
    let said = stderr(&workdir.check(&mut space.export(&workdir, &[]), 1));
    assert!(said.contains("cannot read `export/manifest.json`"), "{said}");
    assert!(!workdir.path("diary").exists());
}

#[test]
#[expect(clippy::print_stderr, reason = "who runs the tests should know what they did not prove")]
fn a_file_system_without_locks_is_told_and_can_be_used_all_the_same() {
    for (error, words) in [("ENOLCK", "No locks available"), ("ENOSYS", "Function not implemented")] {
        let space = Space::profiles(30);
        let workdir = Workdir::new();
        let trace = format!("inject=flock:error={error}");
        let traced = |arguments: &[&str]| {
            let export = space.export(&workdir, arguments);
            let mut command = Command::new("strace");
            command.args(["-f", "-o", "/dev/null", "-e", "trace=flock", "-e", &trace]);
            command.arg(export.get_program()).args(export.get_args()).current_dir(workdir.path("")).env_clear();
            command.envs(export.get_envs().filter_map(|(name, value)| Some((name, value?))));
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command
        };
        if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
            eprintln!("left out: strace is not installed, so no lock can be made to fail");
            return;
        }
        let said = stderr(&workdir.check(&mut traced(&[]), 1));
        assert!(said.contains("the file system of `export` has no locks") && said.contains(words), "{said}");
        assert!(said.contains("add `--no-lock`"), "{said}");
        for _ in 0..2 {
            let said = stderr(&workdir.check(&mut traced(&["--no-lock"]), 0));
            assert!(said.contains("`export` is not locked (`--no-lock`)"), "{said}");
        }
        assert_eq!(manifest(&workdir.path("export"))["verdict"]["state"], "complete");
    }
}

#[test]
fn a_folder_that_others_get_at_is_told_once() {
    for (mode, told) in [
        (0o700, None),
        (0o755, Some("can be looked into by others on this machine (mode 755); `chmod 700 'my export'` ends that")),
        (0o770, Some("can be changed by others on this machine (mode 770)")),
    ] {
        let space = Space::profiles(3);
        let workdir = Workdir::new();
        fs::create_dir(workdir.path("my export")).unwrap();
        fs::set_permissions(workdir.path("my export"), fs::Permissions::from_mode(mode)).unwrap();
        let said = stderr(&workdir.check(&mut space.export(&workdir, &["-o", "my export"]), 0));
        assert_eq!(said.matches("others on this machine").count(), usize::from(told.is_some()), "{said}");
        assert!(told.is_none_or(|told| said.contains(told)), "{said}");
    }
}
