//! Temporary files and folders of this process: where a signal ends it at once, nothing is dropped, and they hold personal
//! data.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

static THERE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn there() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    THERE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something temporary, as long as it may be there.
#[derive(Debug)]
pub struct Temporary(PathBuf);

impl Temporary {
    /// Notes a file or folder that is gone, or has its own name, before this is dropped.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        there().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        there().remove(&self.0);
    }
}

/// Removes what is temporary: the process ends now. What cannot be removed is swept by the next run.
pub fn abandon() {
    for path in there().iter() {
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let [file, inner, kept] = ["file", "inner", "kept"].map(|name| folder.path().join(name));
        fs::create_dir(&inner).unwrap();
        for path in [&file, &inner.join("x"), &kept] {
            fs::write(path, "").unwrap();
        }
        let _held = [Temporary::at(&file), Temporary::at(&inner)];
        drop(Temporary::at(&kept));
        abandon();
        assert!(!file.exists() && !inner.exists() && kept.exists());
    }
}
