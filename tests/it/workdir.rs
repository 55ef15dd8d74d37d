//! A folder of its own for each test, and the binary run in it with a cleared environment.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// A temporary folder; removed with everything in it when dropped.
pub(crate) struct Workdir {
    folder: TempDir,
}

impl Workdir {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, to be run in this folder as an installed program is, without any environment but what the test adds.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("segment-to-voucherify"));
        command.current_dir(self.folder.path()).env_clear().env("PATH", Self::search_path());
        command
    }

    /// The search path of this process, and before it the folder of the binary.
    pub(crate) fn search_path() -> OsString {
        let program = assert_cmd::cargo::cargo_bin!("segment-to-voucherify").to_owned();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let folders = program.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&others));
        std::env::join_paths(folders).expect("no colon in a path of tests")
    }

    /// Runs the binary and insists on its exit code; a failure shows all there is to see.
    pub(crate) fn run(&self, arguments: &[&str], exit_code: i32) -> Output {
        self.check(self.command().args(arguments), exit_code)
    }

    /// Runs a prepared command and insists on its exit code; a failure shows all there is to see.
    pub(crate) fn check(&self, command: &mut Command, exit_code: i32) -> Output {
        let output = command.output().expect("the binary starts");
        assert!(
            output.status.code() == Some(exit_code),
            "{command:?}\nended with {}, not {exit_code}\n--- stdout\n{}\n--- stderr\n{}\n--- folder\n{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
            self.listing()
        );
        output
    }

    fn listing(&self) -> String {
        let mut lines = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let size = entry.metadata().map_or(0, |metadata| metadata.len());
                lines.push(format!("{size:>10}  {}", path.strip_prefix(self.folder.path()).unwrap_or(&path).display()));
                if path.is_dir() {
                    folders.push(path);
                }
            }
        }
        lines.sort();
        lines.join("\n")
    }
}

/// A file system of its own in the memory, gone when dropped; none where mounting is not allowed.
pub(crate) struct Small(PathBuf);

impl Small {
    #[expect(clippy::print_stderr, reason = "who runs the tests should know what they did not prove")]
    pub(crate) fn mount(at: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=700"), "tmpfs"]).arg(&at);
        let mounted = mount.stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success());
        if !mounted {
            eprintln!("skipped: no file system may be mounted here");
        }
        mounted.then_some(Self(at))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn remount(&self, option: &str) {
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", &format!("remount,{option}")]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn help_and_version_need_nothing() {
    let workdir = Workdir::new();
    workdir.run(&["--help"], 0);
    workdir.run(&["--version"], 0);
    workdir.run(&["no-such-command"], 2);
}
