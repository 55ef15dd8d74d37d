//! A file that only grows.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use rustix::fs::OFlags;

use super::{crash_point, folders::sync_folder, is_link, naming, no_regular_file, parent};

/// A file that only grows, line by line; what a crash leaves of a last line is for its reader to cut off.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Journal {
    /// Opens the journal at `path` to append to its first `length` bytes; anything behind them is cut off. A link there
    /// is refused: what it leads to is none of ours to cut.
    ///
    /// # Errors
    /// Any I/O error; its message names the journal.
    pub fn open(path: impl Into<PathBuf>, length: u64) -> io::Result<Self> {
        let path = path.into();
        crash_point();
        let open = || {
            let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
            let file = File::options().append(true).create(true).mode(0o600).custom_flags(flags).open(&path);
            let file = file.map_err(|error| if is_link(&path) { no_regular_file("a link") } else { error })?;
            if !file.metadata()?.is_file() {
                return Err(no_regular_file("no regular file"));
            }
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
