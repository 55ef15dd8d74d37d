//! The only place that changes state on disk: a file appears under its name complete and durable, or not at all.
//!
//! Publishing writes to a temporary name in the same folder, flushes to the disk, renames, and flushes the folder.
//! Whatever the moment of a crash, the next run sees the old file or the new one. Files are `0600` and folders `0700`,
//! because they hold personal data.
//!
//! * What lies in our own folders is never followed: a link there is replaced by the file that belongs there, and
//!   [journals](Journal) and [locks](Lock) refuse it.
//! * What a user typed may be a device, a pipe or a link: it is [written through](Unpublished::typed), never replaced.
//! * Before anything is opened, [`keep_apart`] refuses an output that is also an input or another output.

mod abandoned;
mod apart;
mod folders;
mod journal;
mod lock;
mod moves;
mod staging;
mod typed;

use std::{
    fs::{self, File},
    io::{self, Read, Seek, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::OFlags;
use serde::Serialize;
use tempfile::NamedTempFile;

pub use self::typed::warn_of_closed_output;
pub use self::{
    abandoned::{Temporary, abandon},
    apart::{Named, check_places, keep_apart, once_each},
    folders::{Scratch, folder, passing_folder, sweep_beside, sweep_temporary},
    journal::Journal,
    lock::{Lock, Locking},
    moves::{link_or_copy, move_all, remove, remove_all, rename},
    staging::Staging,
};
use self::{folders::sync_folder, typed::Sink};

/// Prefix of temporary names; [`sweep_temporary`] removes what a killed run left under it.
const TEMPORARY_PREFIX: &str = ".unfinished-";

/// A file that is being written where nobody sees it; dropping it without [`commit`](Self::commit) leaves nothing.
#[derive(Debug)]
pub struct Unpublished {
    content: Content,
    /// As it was named; errors name it so.
    destination: PathBuf,
    behind: Option<Behind>,
}

/// Who makes a file durable while it is being written.
#[derive(Debug)]
struct Behind {
    staging: Arc<Staging>,
    /// Bytes that were written since that began last.
    bytes: usize,
}

/// Bytes that are made durable together: what is left at the end is little to wait for.
const TOGETHER: usize = 8 << 20;

/// Where the bytes are until they are published.
#[derive(Debug)]
enum Content {
    /// Beside the file that they will be.
    Beside { file: NamedTempFile, temporary: Temporary, named: PathBuf },
    /// In a file without a name, until they are copied to a device, a pipe or a stream that is open already.
    Held { file: File, sink: File },
}

impl Unpublished {
    /// Begins the file `destination` of one of our own folders; a link there is replaced, never followed.
    ///
    /// # Errors
    /// Any I/O error, for instance a read-only folder; its message names the destination.
    pub fn create(destination: impl Into<PathBuf>) -> io::Result<Self> {
        let destination = destination.into();
        crash_point();
        let made = temporary_in(parent(&destination)).map_err(|error| naming(&destination, &error));
        let (file, temporary) = made?;
        let content = Content::Beside { file, temporary, named: destination.clone() };
        Ok(Self { content, destination, behind: None })
    }

    /// Begins the output that a user typed: a link stays a link and its target is written, a device or a pipe gets the
    /// content when it is committed, and so does stdout, which is `-`.
    ///
    /// # Errors
    /// Any I/O error, for instance a named pipe that nobody reads; its message names the destination.
    pub fn typed(destination: impl Into<PathBuf>) -> io::Result<Self> {
        let destination = destination.into();
        let opened = if destination.as_os_str() == "-" { Path::new("/dev/stdout") } else { &destination };
        let begin = || match typed::sink(opened)? {
            Sink::File(named) => {
                crash_point();
                sweep_beside(&named);
                let (file, temporary) = temporary_in(parent(&named))?;
                Ok(Content::Beside { file, temporary, named })
            }
            Sink::Open(sink) => Ok(Content::Held { file: tempfile::tempfile()?, sink }),
        };
        let content = begin().map_err(|error| naming(&destination, &error))?;
        Ok(Self { content, destination, behind: None })
    }

    /// Has what is written made durable while more is being written, for [`Staging::place`].
    pub fn write_behind(&mut self, staging: &Arc<Staging>) {
        self.behind = Some(Behind { staging: Arc::clone(staging), bytes: 0 });
    }

    /// Makes the content durable and gives the file its name, replacing what was there.
    ///
    /// # Errors
    /// Any I/O error, for instance a full disk; the old file, if there was one, is then still in place.
    pub fn commit(self) -> io::Result<()> {
        self.commit_and_reopen().map(drop)
    }

    /// The same, and gives the content back for reading, from its beginning: a pipe cannot be read again.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit).
    pub fn commit_and_reopen(self) -> io::Result<File> {
        let Self { content, destination, behind: _ } = self;
        let publish = || -> io::Result<File> {
            match content {
                Content::Beside { file, temporary: _temporary, named } => {
                    file.as_file().sync_all()?;
                    crash_point();
                    let mut file = file.persist(&named).map_err(|error| error.error)?;
                    crash_point();
                    sync_folder(parent(&named))?;
                    file.rewind()?;
                    Ok(file)
                }
                Content::Held { mut file, mut sink } => {
                    file.rewind()?;
                    io::copy(&mut file, &mut sink)?;
                    sink.flush()?;
                    file.rewind()?;
                    Ok(file)
                }
            }
        };
        publish().map_err(|error| naming(&destination, &error))
    }

    /// Gives the file its name without making anything durable; `None` where the content went elsewhere.
    fn place(self) -> io::Result<Option<(File, PathBuf)>> {
        let Content::Beside { file, temporary: _temporary, named } = self.content else {
            return self.commit().map(|()| None);
        };
        crash_point();
        let placed = file.persist(&named).map_err(|error| naming(&self.destination, &error.error))?;
        crash_point();
        Ok(Some((placed, self.destination)))
    }
}

impl Write for Unpublished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match &mut self.content {
            Content::Beside { file, .. } => file.as_file_mut(),
            Content::Held { file, .. } => file,
        };
        let mut write = || {
            let written = file.write(bytes)?;
            if let Some(behind) = &mut self.behind {
                behind.bytes += written;
                if behind.bytes >= TOGETHER {
                    behind.bytes = 0;
                    behind.staging.begin(file.try_clone()?, &self.destination);
                }
            }
            Ok(written)
        };
        write().map_err(|error| naming(&self.destination, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Publishes `bytes` as the file `destination` of one of our own folders.
///
/// # Errors
/// Any I/O error; the old file, if there was one, is then still in place.
pub fn bytes(destination: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Unpublished::create(destination)?;
    file.write_all(bytes)?;
    file.commit()
}

/// Publishes `bytes` where a user typed it; see [`Unpublished::typed`].
///
/// # Errors
/// Any I/O error; the old file, if there was one, is then still in place.
pub fn typed(destination: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Unpublished::typed(destination)?;
    file.write_all(bytes)?;
    file.commit()
}

/// Publishes `value` as indented JSON with a final line break.
///
/// # Errors
/// Any I/O error; the old file, if there was one, is then still in place.
pub fn json(destination: &Path, value: &impl Serialize) -> io::Result<()> {
    bytes(destination, &indented(value)?)
}

fn indented(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}

/// Opens a file of one of our own folders for reading: a regular file, and never a link, which may lead anywhere, or a
/// pipe, which may never end.
///
/// # Errors
/// Any I/O error, or something that is no regular file.
pub fn open_own(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = opened.map_err(|error| if is_link(path) { no_regular_file("a link") } else { error })?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(no_regular_file("no regular file")) }
}

/// Reads the text of a file of one of our own folders; see [`open_own`].
///
/// # Errors
/// Any I/O error, something that is no regular file, or bytes that are no UTF-8.
pub fn read_own(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open_own(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Whether there is a link at `path` itself.
fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

fn no_regular_file(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, and must be a file of its own"))
}

/// A temporary file that is locked for as long as it is being written, so that nobody sweeps it away.
fn temporary_in(folder: &Path) -> io::Result<(NamedTempFile, Temporary)> {
    loop {
        let file = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(folder)?;
        // A file system without locks is swept only by who has the folder for himself.
        let _ = file.as_file().try_lock_shared();
        // Who swept between the two lines took it for a dead one.
        if file.as_file().metadata()?.nlink() > 0 {
            let temporary = Temporary::at(file.path());
            return Ok((file, temporary));
        }
    }
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn naming(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write `{}`: {error}", path.display()))
}

/// A place where a test may let the process die, to prove that the next run copes.
///
/// In debug builds, `DIE_AT_WRITE=n` aborts the process at the n-th such place, and with `SIGNAL_AT_WRITE`, a signal's
/// number, it sends itself that signal there instead; release builds contain nothing of it.
pub fn crash_point() {
    #[cfg(debug_assertions)]
    {
        use std::sync::{LazyLock, atomic::AtomicU64, atomic::Ordering};
        static DIE_AT: LazyLock<Option<u64>> = LazyLock::new(|| std::env::var("DIE_AT_WRITE").ok()?.parse().ok());
        static PASSED: AtomicU64 = AtomicU64::new(0);
        if let Some(die_at) = *DIE_AT
            && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == die_at
        {
            let signal = std::env::var("SIGNAL_AT_WRITE").ok().and_then(|signal| signal.parse().ok());
            if signal.is_some_and(|signal| signal_hook::low_level::raise(signal).is_ok()) {
                // Who listens for signals has time to act: a thread of this name tells that it was heard.
                let heard = || {
                    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
                    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok());
                    names.into_iter().any(|name| name.trim() == "interrupted")
                };
                let mut glances = 0;
                while glances < 3 || glances < 100 && !heard() {
                    std::thread::sleep(std::time::Duration::from_millis(100));
                    glances += 1;
                }
                return;
            }
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_committed_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        let mut file = Unpublished::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

        bytes(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_link_in_our_own_folder_is_replaced_and_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let [own, elsewhere] = ["own", "elsewhere"].map(|name| folder.path().join(name));
        fs::write(&elsewhere, "theirs").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &own).unwrap();
        assert_eq!(read_own(&own).unwrap_err().to_string(), "it is a link, and must be a file of its own");
        bytes(&own, b"ours").unwrap();
        assert_eq!(
            (read_own(&own).unwrap(), fs::read_to_string(&elsewhere).unwrap()),
            ("ours".into(), "theirs".into())
        );
    }

    #[test]
    fn what_is_committed_can_be_read_again() {
        let folder = tempfile::tempdir().unwrap();
        for destination in [folder.path().join("table"), PathBuf::from("/dev/null")] {
            let mut file = Unpublished::typed(&destination).unwrap();
            file.write_all(b"rows").unwrap();
            let mut text = String::new();
            file.commit_and_reopen().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "rows", "{}", destination.display());
        }
    }
}
