//! The only place that changes state on disk: a file appears under its name complete and durable, or not at all.
//!
//! Publishing writes to a temporary name in the same folder, flushes to the disk, renames, and flushes the folder.
//! Whatever the moment of a crash, the next run sees the old file or the new one. Files are `0600` and folders `0700`,
//! because they hold personal data.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use serde::Serialize;
use tempfile::NamedTempFile;

/// Prefix of temporary names; [`sweep_temporary`] removes what a killed run left under it.
const TEMPORARY_PREFIX: &str = ".unfinished-";

/// A file that is being written under a temporary name; dropping it without [`commit`](Self::commit) removes it.
#[derive(Debug)]
pub struct Unpublished {
    file: NamedTempFile,
    destination: PathBuf,
}

impl Unpublished {
    /// Opens a temporary file beside `destination`.
    ///
    /// # Errors
    /// Any I/O error, for instance a read-only folder; its message names the destination.
    pub fn create(destination: impl Into<PathBuf>) -> io::Result<Self> {
        let destination = destination.into();
        crash_point();
        let file = tempfile::Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .permissions(fs::Permissions::from_mode(0o600))
            .tempfile_in(parent(&destination))
            .map_err(|error| naming(&destination, &error))?;
        Ok(Self { file, destination })
    }

    /// Makes the content durable and gives the file its name, replacing what was there.
    ///
    /// # Errors
    /// Any I/O error, for instance a full disk; the old file, if there was one, is then still in place.
    pub fn commit(self) -> io::Result<()> {
        let Self { file, destination } = self;
        let named = |error: io::Error| naming(&destination, &error);
        file.as_file().sync_all().map_err(named)?;
        crash_point();
        file.persist(&destination).map_err(|error| named(error.error))?;
        crash_point();
        sync_folder(parent(&destination)).map_err(named)
    }
}

impl Write for Unpublished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| naming(&self.destination, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| naming(&self.destination, &error))
    }
}

/// A file that only grows, line by line; what a crash leaves of a last line is for its reader to cut off.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Journal {
    /// Opens the journal at `path` to append to its first `length` bytes; anything behind them is cut off.
    ///
    /// # Errors
    /// Any I/O error; its message names the journal.
    pub fn open(path: impl Into<PathBuf>, length: u64) -> io::Result<Self> {
        let path = path.into();
        crash_point();
        let open = || {
            let mut options = File::options();
            let file = options.append(true).create(true).mode(0o600).open(&path)?;
            file.set_len(length)?;
            sync_folder(parent(&path))?;
            Ok(file)
        };
        let file = open().map_err(|error| naming(&path, &error))?;
        Ok(Self { file, path, length })
    }

    /// Appends one line; the line break is added here. It is durable only after [`sync`](Self::sync).
    ///
    /// # Errors
    /// Any I/O error; its message names the journal.
    pub fn append(&mut self, line: &[u8]) -> io::Result<()> {
        crash_point();
        let written = self.file.write_all(line).and_then(|()| {
            crash_point();
            self.file.write_all(b"\n")
        });
        written.map_err(|error| naming(&self.path, &error))?;
        self.length += line.len() as u64 + 1;
        Ok(())
    }

    /// Bytes of whole lines.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Makes every line so far durable.
    ///
    /// # Errors
    /// Any I/O error; its message names the journal.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data().map_err(|error| naming(&self.path, &error))
    }
}

/// Publishes `bytes` as the file `destination`.
///
/// # Errors
/// Any I/O error; the old file, if there was one, is then still in place.
pub fn bytes(destination: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Unpublished::create(destination)?;
    file.write_all(bytes)?;
    file.commit()
}

/// Publishes `value` as indented JSON with a final line break.
///
/// # Errors
/// Any I/O error; the old file, if there was one, is then still in place.
pub fn json(destination: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    bytes(destination, &text)
}

/// Removes a file durably; a file that is not there is fine.
///
/// # Errors
/// Any other I/O error.
pub fn remove(path: &Path) -> io::Result<()> {
    crash_point();
    match fs::remove_file(path) {
        Ok(()) => sync_folder(parent(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(naming(path, &error)),
    }
}

/// Gives a file that is already durable another name, durably, replacing what was there.
///
/// # Errors
/// Any I/O error; its message names the destination.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    crash_point();
    fs::rename(from, to).and_then(|()| sync_folder(parent(to))).map_err(|error| naming(to, &error))
}

/// Creates a folder and its parents, each new one `0700`.
///
/// # Errors
/// Any I/O error; its message names the folder.
pub fn folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| naming(path, &error))
}

/// Removes the temporary files that a killed run left in `folder`.
///
/// # Errors
/// Any I/O error while reading the folder or removing from it.
pub fn sweep_temporary(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes renames and removals in `folder` durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
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
/// In debug builds, `DIE_AT_WRITE=n` aborts the process at the n-th such place; release builds contain nothing of it.
pub fn crash_point() {
    #[cfg(debug_assertions)]
    {
        use std::sync::{LazyLock, atomic::AtomicU64, atomic::Ordering};
        static DIE_AT: LazyLock<Option<u64>> = LazyLock::new(|| std::env::var("DIE_AT_WRITE").ok()?.parse().ok());
        static PASSED: AtomicU64 = AtomicU64::new(0);
        if let Some(die_at) = *DIE_AT
            && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == die_at
        {
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
    fn sweeping_removes_only_temporary_files() {
        let folder = tempfile::tempdir().unwrap();
        bytes(&folder.path().join("kept"), b"").unwrap();
        fs::write(folder.path().join(".unfinished-abc"), b"").unwrap();
        sweep_temporary(folder.path()).unwrap();
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["kept"]);
    }
}
