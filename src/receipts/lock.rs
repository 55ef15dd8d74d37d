//! One process at a time for each target.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::{failure::Failure, publish};

/// Takes the lock of a target's folder, and says who holds it where somebody does; it lives as long as the file.
pub(super) fn take(folder: &Path) -> Result<File, Failure> {
    let path = folder.join(".lock");
    let unusable = |error| super::unreadable(&path, error);
    publish::folder(folder).map_err(unusable)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(&path).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {
            // Only now: temporary files of a process that is alive are its own.
            publish::sweep_temporary(folder).map_err(unusable)?;
            file.set_len(0).and_then(|()| write!(file, "process {}", std::process::id())).map_err(unusable)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path).ok().filter(|text| !text.is_empty());
            let holder = holder.unwrap_or_else(|| "another process".into());
            Err(Failure::stopped(format!("{holder} is uploading to this target now"))
                .kept(format!("everything in `{}`: nothing was sent", folder.display()))
                .hint("wait for it to end, then run the command again"))
        }
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}
