//! One folder, one writer.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use chrono::Utc;
use clap::Args;
use rustix::{fs::OFlags, io::Errno};

use super::{folder, is_link, naming, no_regular_file, sweep_temporary};
use crate::failure::Failure;

/// Name of the lock in its folder. It stays there: who removes a lock may remove one that was taken meanwhile.
const FILE_NAME: &str = ".lock";
/// Longest text that is read from a lock, in bytes.
const LONGEST_TEXT: u64 = 300;

/// Whether a command locks what it writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Args)]
pub struct Locking {
    /// Do not lock the folder, where its file system has no locks; make sure yourself that nothing else writes there
    #[arg(long = "no-lock")]
    pub waived: bool,
}

/// The lock of a folder; held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    /// None where locking was waived, or where nobody can write.
    _file: Option<File>,
}

/// How a folder is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// By one process, which writes there.
    Exclusive,
    /// By as many as like, which only read.
    Shared,
}

impl Lock {
    /// Locks `at` to write there, creating it if need be, and sweeps what killed runs left; `doing` says to others what
    /// the process is about: "exporting into this folder".
    ///
    /// # Errors
    /// A folder that another process holds, which is named with its host and since when; or a file system without locks.
    pub fn exclusive(at: &Path, doing: &str, locking: Locking) -> Result<Self, Failure> {
        folder(at).map_err(|error| unusable(at, error))?;
        tell_of_others(at);
        if locking.waived {
            warn_of_no_lock(at);
            return Ok(Self { _file: None });
        }
        let lock = Self::take(at, doing, Mode::Exclusive)?;
        // Only now: temporary files of a process that is alive are its own.
        sweep_temporary(at).map_err(|error| unusable(at, error))?;
        Ok(lock)
    }

    /// Locks the existing folder `at` against writers while it is read. A folder that cannot be written needs no lock.
    ///
    /// # Errors
    /// As for [`exclusive`](Self::exclusive).
    pub fn shared(at: &Path, doing: &str, locking: Locking) -> Result<Self, Failure> {
        if locking.waived {
            warn_of_no_lock(at);
            return Ok(Self { _file: None });
        }
        Self::take(at, doing, Mode::Shared)
    }

    fn take(at: &Path, doing: &str, mode: Mode) -> Result<Self, Failure> {
        let path = at.join(FILE_NAME);
        let mut file = match open(&path) {
            Err(error) if mode == Mode::Shared && is_protected(&error) => return Ok(Self { _file: None }),
            opened => opened.map_err(|error| unusable(at, naming(&path, &error)))?,
        };
        let taken = match mode {
            Mode::Exclusive => file.try_lock(),
            Mode::Shared => file.try_lock_shared(),
        };
        match taken {
            Ok(()) => {
                let written = file.set_len(0).and_then(|()| file.write_all(text(doing).as_bytes()));
                written.map_err(|error| unusable(at, naming(&path, &error)))?;
                Ok(Self { _file: Some(file) })
            }
            Err(TryLockError::WouldBlock) => Err(held(at, file)),
            Err(TryLockError::Error(error)) if has_no_locks(&error) => {
                Err(Failure::stopped(format!("the file system of `{}` has no locks", at.display()))
                    .because(error)
                    .kept("everything: nothing was written")
                    .hint("make sure that nothing else writes into that folder, and add `--no-lock`"))
            }
            Err(TryLockError::Error(error)) => Err(unusable(at, naming(&path, &error))),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(flags);
    let file = options.open(path).map_err(|error| if is_link(path) { no_regular_file("a link") } else { error })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(no_regular_file("no regular file")) }
}

/// Who holds the lock, for those who find it held.
fn text(doing: &str) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let since = Utc::now().format("%Y-%m-%d %H:%M:%S UTC");
    format!("process {} on {host}, {doing} since {since}\n", std::process::id())
}

fn held(at: &Path, mut file: File) -> Failure {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(LONGEST_TEXT).read_to_string(&mut text));
    // Whoever made the folder wrote the text: it is shown as text, whatever it holds.
    let line: String = text.lines().next().unwrap_or_default().chars().filter(|one| !one.is_control()).collect();
    let holder = if read.is_ok() && !line.is_empty() { line } else { "another process".into() };
    Failure::stopped(format!("`{}` is in use by {holder}", at.display()))
        .kept("everything: this run changed nothing")
        .hint("wait until that process has ended, or take another folder")
}

fn unusable(at: &Path, error: io::Error) -> Failure {
    let failure = Failure::disk(format!("the folder `{}` cannot be used", at.display()), error)
        .kept("everything: nothing was written");
    // Nobody is to move a device away.
    match fs::metadata(at) {
        Ok(there) if !there.is_dir() && !there.is_file() => failure.hint(
            "it is a device or a pipe: give a folder, or `-` for standard output where the command can write there",
        ),
        _ => failure,
    }
}

/// What file systems without locks answer: network drives without their lock service, some that are mounted by programs.
fn has_no_locks(error: &io::Error) -> bool {
    let code = error.raw_os_error();
    [Errno::NOLCK, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP].iter().any(|one| code == Some(one.raw_os_error()))
}

/// Nobody changes a folder in which nothing can be created.
fn is_protected(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

fn warn_of_no_lock(at: &Path) {
    tracing::warn!(
        "`{}` is not locked (`--no-lock`): if another process writes there, both break what is in it",
        at.display()
    );
}

/// Says it where others on this machine get at personal data.
fn tell_of_others(at: &Path) {
    let Ok(metadata) = at.metadata() else { return };
    let mode = metadata.permissions().mode() & 0o777;
    let can = match (mode & 0o022, mode & 0o055) {
        (0, 0) => return,
        (0, _) => "looked into",
        _ => "changed",
    };
    let (path, quoted) = (at.display(), crate::invocation::quoted(&at.display().to_string()));
    tracing::warn!("`{path}` can be {can} by others on this machine (mode {mode:o}); `chmod 700 {quoted}` ends that");
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::*;

    #[test]
    fn one_writes_or_many_read_and_whoever_comes_second_hears_of_the_first() {
        let at = tempfile::tempdir().unwrap();
        let exclusive = || Lock::exclusive(at.path(), "writing", Locking::default());
        let shared = || Lock::shared(at.path(), "reading", Locking::default());
        let first = exclusive().unwrap();
        let said = exclusive().unwrap_err().to_string();
        let id = std::process::id();
        assert!(
            said.contains(&format!("is in use by process {id} on ")) && said.contains(", writing since 2"),
            "{said}"
        );
        assert!(shared().is_err());
        assert!(Lock::exclusive(at.path(), "writing", Locking { waived: true }).is_ok());
        drop(first);
        let readers = (shared().unwrap(), shared().unwrap());
        assert!(exclusive().unwrap_err().to_string().contains(", reading since 2"));
        drop(readers);
        assert!(exclusive().is_ok(), "a lock that is left behind blocks nobody");
    }

    #[test]
    fn a_link_or_a_pipe_in_its_place_is_refused_and_what_it_leads_to_stays() {
        let at = tempfile::tempdir().unwrap();
        let elsewhere = at.path().join("elsewhere");
        fs::write(&elsewhere, "theirs").unwrap();
        std::os::unix::fs::symlink(&elsewhere, at.path().join(FILE_NAME)).unwrap();
        assert!(Lock::exclusive(at.path(), "writing", Locking::default()).is_err());
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "theirs");
        fs::remove_file(at.path().join(FILE_NAME)).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at.path().join(FILE_NAME), rustix::fs::Mode::RWXU).unwrap();
        let refused = std::thread::spawn({
            let at = at.path().to_owned();
            move || Lock::exclusive(&at, "writing", Locking::default()).is_err()
        });
        for _ in 0..12_000 {
            if refused.is_finished() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(refused.is_finished() && refused.join().unwrap());
    }
}
