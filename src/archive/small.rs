//! Which sources are small enough to be read and inflated in one go, told before anything is inflated.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use super::{inflater::LARGEST_WHOLE, reader::LineSource};
use crate::gzip;

/// A part of more lines than this is streamed: even a short line takes room of its own while it is worked on.
const MOST_PROFILES: u64 = 65_536;
/// Compressed bytes of a part that is not opened to see how long it is when it is inflated.
const SHORT: u64 = 1 << 20;

/// Whether a source seems to be small enough to be read and inflated in one go.
pub(super) fn is_small(source: &LineSource, several: bool) -> bool {
    match source {
        LineSource::Part { folder, part } => {
            // What is that short is next to never long when it is inflated, and is streamed where it is after all.
            let seems_little = || part.bytes <= SHORT || inflated_size(&folder.join(&part.file)).is_some_and(is_little);
            part.profiles <= MOST_PROFILES && seems_little()
        }
        // A pipe has no size, and gives its content once.
        LineSource::File(path) => several && path.is_file() && inflated_size(path).is_some_and(is_little),
        LineSource::Stdin => false,
    }
}

fn is_little(bytes: u64) -> bool {
    bytes <= LARGEST_WHOLE as u64
}

/// The bytes of a file, or what the end of a gzip file says of its last member (RFC 1952).
fn inflated_size(path: &Path) -> Option<u64> {
    let (mut head, mut trailer) = ([0; 2], [0; 4]);
    // To open a pipe would be to wait for whoever writes into it.
    let mut file = path.is_file().then(|| File::open(path).ok())??;
    let length = file.metadata().ok()?.len();
    if !is_little(length) || file.read_exact(&mut head).is_err() || !gzip::is_gzip(&head) {
        return Some(length);
    }
    file.seek(SeekFrom::End(-4)).ok()?;
    file.read_exact(&mut trailer).ok()?;
    Some(u64::from(u32::from_le_bytes(trailer)).max(length))
}
