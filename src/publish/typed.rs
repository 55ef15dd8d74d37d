//! Outputs that users type: what a path leads to decides whether a file is published or something open is written.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rustix::fs::OFlags;

use super::parent;

/// Links that are followed from one to the next; the kernel's own bound.
const MOST_LINKS: usize = 40;
/// A named pipe that nobody opens to read by then has no reader.
const READER_COMES_WITHIN: Duration = Duration::from_secs(10);
/// How often it is looked whether a reader has come.
const GLANCE: Duration = Duration::from_millis(20);

/// Where an output goes.
#[derive(Debug)]
pub(super) enum Sink {
    /// A regular file of this name, there or not: it is published as a whole.
    File(PathBuf),
    /// A device, a pipe or a stream, open for writing.
    Open(File),
}

/// What `destination` leads to.
pub(super) fn sink(destination: &Path) -> io::Result<Sink> {
    let mut path = destination.to_owned();
    for _ in 0..MOST_LINKS {
        let kind = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Sink::File(path)),
            Err(error) => return Err(error),
        };
        if kind.is_symlink() {
            if is_descriptor(&path) {
                return open(&path);
            }
            path = parent(&path).join(fs::read_link(&path)?);
        } else if kind.is_file() {
            return Ok(Sink::File(path));
        } else if kind.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        } else if kind.is_fifo() {
            return open_pipe(&path).map(Sink::Open);
        } else {
            return open(&path);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "the links lead round in circles"))
}

/// A link of the kernel that stands for something that is open, such as what `/dev/stdout` leads to: replacing the file
/// behind it would take it away from whoever else writes to it.
fn is_descriptor(path: &Path) -> bool {
    let folder = fs::canonicalize(parent(path)).unwrap_or_default();
    let within = |folder: &Path| folder.ends_with("fd") && (folder.starts_with("/proc") || folder.starts_with("/dev"));
    within(&folder)
}

/// Warns where standard output was closed at the start: what stands in its place then is `/dev/null`, open for reading
/// and writing, as no redirection of a shell is.
pub fn warn_of_closed_output() {
    let stdout = io::stdout();
    let both = rustix::fs::fcntl_getfl(&stdout).is_ok_and(|flags| flags.contains(OFlags::RDWR));
    let here = rustix::fs::fstat(&stdout).map(|stdout| stdout.st_rdev);
    if both && here.ok() == fs::metadata("/dev/null").map(|null| null.rdev()).ok() {
        tracing::warn!("standard output is closed, or is `/dev/null`: what goes there is kept nowhere");
    }
}

fn open(path: &Path) -> io::Result<Sink> {
    File::options().append(true).open(path).map(Sink::Open)
}

/// Opens a named pipe once somebody reads it.
fn open_pipe(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let given_up = Instant::now() + READER_COMES_WITHIN;
    loop {
        match File::options().write(true).custom_flags(flags).open(path) {
            Ok(pipe) => {
                // From here on a slow reader is waited for.
                rustix::fs::fcntl_setfl(&pipe, OFlags::empty())?;
                return Ok(pipe);
            }
            Err(error) if error.raw_os_error() != Some(rustix::io::Errno::NXIO.raw_os_error()) => return Err(error),
            Err(_) if Instant::now() >= given_up => {
                let why = format!("nobody opened the named pipe to read within {} s", READER_COMES_WITHIN.as_secs());
                return Err(io::Error::new(io::ErrorKind::NotConnected, why));
            }
            Err(_) => thread::sleep(GLANCE),
        }
    }
}
