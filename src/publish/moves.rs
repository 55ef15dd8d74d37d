//! Files that get another name, or go.

use std::{ffi::OsStr, fs, io, path::Path};

use super::{Staging, Unpublished, crash_point, folders::sync_folder, naming, open_own, parent};

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

/// Gives a durable file a second name, or where the file system cannot, a copy. The name is made durable with the folder, by
/// whoever commits it.
///
/// # Errors
/// Any I/O error; its message names the destination.
pub fn link_or_copy(from: &Path, to: &Path, staging: &Staging) -> io::Result<()> {
    crash_point();
    open_own(from)?;
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let mut copy = Unpublished::create(to)?;
    io::copy(&mut open_own(from)?, &mut copy)?;
    staging.place(copy)
}

/// Gives a file that is already durable another name, durably, replacing what was there.
///
/// # Errors
/// Any I/O error; its message names the destination.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    crash_point();
    fs::rename(from, to).and_then(|()| sync_folder(parent(to))).map_err(|error| naming(to, &error))
}

/// Moves all that lies in a folder of durable files into another one, durably, replacing what was there, and one of them when
/// all others are there: where this ends in the middle, that one is not there yet. One flush is for all others.
///
/// # Errors
/// Any I/O error; its message names the destination.
pub fn move_all(from: &Path, to: &Path, last: &OsStr) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == last {
            continue;
        }
        let destination = to.join(entry.file_name());
        crash_point();
        fs::rename(entry.path(), &destination).map_err(|error| naming(&destination, &error))?;
    }
    crash_point();
    sync_folder(to).map_err(|error| naming(to, &error))?;
    rename(&from.join(last), &to.join(last))
}

/// Removes such files of a folder. The next thing that is made durable there makes this so, too.
///
/// # Errors
/// Any I/O error; its message names the file.
pub fn remove_all(folder: &Path, such: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if such(&entry.file_name().to_string_lossy()) {
            crash_point();
            fs::remove_file(entry.path()).map_err(|error| naming(&entry.path(), &error))?;
        }
    }
    Ok(())
}
