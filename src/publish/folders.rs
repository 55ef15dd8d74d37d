//! Folders: made durable with their parents, swept of what killed runs left, and kept from other people's eyes.

use std::{
    fs::{self, DirEntry, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{TEMPORARY_PREFIX, Temporary, naming, open_own, parent};

/// Prefix of the names of scratch folders in the system's folder for temporary files.
const SCRATCH_PREFIX: &str = "segment-to-voucherify-scratch-";

/// Creates a folder and its parents, each new one `0700` and durable: its name is on the disk when this returns.
///
/// # Errors
/// Any I/O error; its message names the folder.
pub fn folder(path: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|one| !one.as_os_str().is_empty() && !one.is_dir()).collect();
    let create = |one: &Path| -> io::Result<()> {
        match fs::DirBuilder::new().mode(0o700).create(one) {
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && one.is_dir() => {}
            created => created?,
        }
        sync_folder(parent(one))
    };
    missing.into_iter().rev().try_for_each(create).map_err(|error| naming(path, &error))
}

/// Creates a folder, `0700`, for what will be moved out of it: it may be gone after a crash, with all that is in it.
///
/// # Errors
/// Any I/O error; its message names the folder.
pub fn passing_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(path).map_err(|error| naming(path, &error))
}

/// Removes the temporary files that a killed run left in `folder`, which the caller has [locked](super::Lock).
///
/// # Errors
/// Any I/O error while reading the folder or removing from it.
pub fn sweep_temporary(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_temporary(&entry) && !matches!(try_lock(&entry.path()), Err(TryLockError::WouldBlock)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Removes what killed runs left beside `destination`, in a folder that is not ours: only what nobody is writing for
/// sure. What cannot be removed stays, since it is not what the run is about.
pub fn sweep_beside(destination: &Path) {
    let entries = fs::read_dir(parent(destination)).into_iter().flatten().flatten();
    for entry in entries.filter(is_temporary) {
        // The lock is held until the name is gone.
        if let Ok(_held) = try_lock(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_temporary(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(TEMPORARY_PREFIX)
        && entry.file_type().is_ok_and(|kind| kind.is_file())
}

/// The lock of a file that nobody else holds.
fn try_lock(path: &Path) -> Result<File, TryLockError> {
    let file = open_own(path).map_err(TryLockError::Error)?;
    file.try_lock().map(|()| file)
}

/// Makes renames and removals in `folder` durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// A folder for what only this process needs, removed with it. What a killed process left is swept by the next one.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _temporary: Temporary,
    /// Locked for as long as the process lives.
    _alive: File,
}

impl Scratch {
    /// Makes a folder where the system keeps temporary files.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn create() -> io::Result<Self> {
        sweep_scratch(&std::env::temp_dir());
        let folder = tempfile::Builder::new().prefix(SCRATCH_PREFIX).tempdir()?;
        let alive = File::open(folder.path())?;
        let _ = alive.try_lock_shared();
        let temporary = Temporary::at(folder.path());
        Ok(Self { folder, _temporary: temporary, _alive: alive })
    }

    /// Path of the folder while it is there.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn sweep_scratch(temporary: &Path) {
    let entries = fs::read_dir(temporary).into_iter().flatten().flatten();
    let ours = |entry: &DirEntry| {
        entry.file_name().to_string_lossy().starts_with(SCRATCH_PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
    };
    let folders: Vec<PathBuf> = entries.filter(ours).map(|entry| entry.path()).collect();
    for folder in folders {
        // One that was made a moment ago and is empty costs nothing; its owner has it locked before it writes there.
        let empty = fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none());
        if !empty && File::open(&folder).is_ok_and(|held| held.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::fs::PermissionsExt};

    use super::{super::Unpublished, *};

    #[test]
    fn sweeping_removes_only_temporary_files_of_the_dead() {
        let folder = tempfile::tempdir().unwrap();
        let names = || {
            let entries = fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        for name in ["kept", ".unfinished-abc"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let mut alive = Unpublished::create(folder.path().join("new")).unwrap();
        assert_eq!(names().len(), 3);
        sweep_temporary(folder.path()).unwrap();
        sweep_beside(&folder.path().join("other"));
        assert_eq!(names().len(), 2, "{:?}", names());
        alive.write_all(b"x").unwrap();
        alive.commit().unwrap();
        assert_eq!(names(), ["kept", "new"]);
    }

    #[test]
    fn parents_are_made_too_and_all_are_private() {
        let top = tempfile::tempdir().unwrap();
        folder(&top.path().join("a/b/c")).unwrap();
        folder(&top.path().join("a/b/c")).unwrap();
        for made in ["a", "a/b", "a/b/c"] {
            assert_eq!(fs::metadata(top.path().join(made)).unwrap().permissions().mode() & 0o777, 0o700, "{made}");
        }
        fs::write(top.path().join("file"), "").unwrap();
        let message = folder(&top.path().join("file/x")).unwrap_err().to_string();
        assert!(message.starts_with("cannot write `") && message.contains("file/x"), "{message}");
    }
}
