//! The fixture folders, copied into a test's own folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::workdir::Workdir;

/// A finished export, its batches, and one target that took some of them.
///
/// Profiles `use_01` to `use_06`: clean, with doubtful fields, anonymous, refused by the target, duplicate, not sent yet.
pub(crate) fn migration() -> Workdir {
    copied("migration")
}

/// What version 0.1.0 left of a space of 60 profiles: an archive of which a profile failed and one vanished, batches of 20
/// that were sent and then made anew with corrections, and the five customers that differed, sent and not followed yet.
pub(crate) fn of_version_0_1_0() -> Workdir {
    copied("version-0.1.0")
}

/// An archive of six profiles that version 0.1.0 left when it was killed behind the first page of its sweep, which had
/// brought `nobody` new, or `somebody`.
pub(crate) fn broken_off_by_version_0_1_0(found: &str) -> Workdir {
    let workdir = Workdir::new();
    copy(&fixtures().join("version-0.1.0-sweeps").join(found), &workdir.path("export"));
    workdir
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn copied(fixture: &str) -> Workdir {
    let workdir = Workdir::new();
    copy(&fixtures().join(fixture), &workdir.path(""));
    workdir
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the fixture") {
        let path = entry.expect("an entry").path();
        let destination = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &destination);
        } else {
            fs::copy(&path, &destination).expect("a copy");
        }
    }
}
