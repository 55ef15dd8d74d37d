//! Which sources are small enough to be read and inflated in one go, told before anything is inflated.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use super::{
    budget::cost,
    forms::{self, Packing},
    inflater::LARGEST_WHOLE,
    reader::LineSource,
};

/// A part of more lines than this is streamed: even a short line takes room of its own while it is worked on.
const MOST_PROFILES: u64 = 65_536;
/// Compressed bytes of a part that is not opened to see how long it is when it is inflated.
const SHORT: u64 = 1 << 20;
/// Bytes in which zstd says how long a frame is (RFC 8878).
const ZSTD_HEAD: u64 = 18;

/// What a source seems to take that is small enough to be read and inflated in one go; nothing where it is larger.
pub(super) fn small(source: &LineSource, several: bool) -> Option<usize> {
    let (size, lines) = match source {
        LineSource::Part { part, .. } if part.profiles > MOST_PROFILES => None,
        // What is that short is next to never long when it is inflated, and is streamed where it is after all.
        LineSource::Part { part, .. } if part.bytes <= SHORT => Some((part.bytes * INFLATED, part.profiles)),
        LineSource::Part { folder, part } => inflated_size(&folder.join(&part.file)).map(|size| (size, part.profiles)),
        // A pipe has no size, and gives its content once.
        LineSource::File(path) if several && path.is_file() => inflated_size(path).map(|size| (size, 0)),
        LineSource::File(_) | LineSource::Stdin => None,
    }?;
    is_little(size).then(|| cost(usize::try_from(size).unwrap_or(LARGEST_WHOLE), lines))
}

fn is_little(bytes: u64) -> bool {
    bytes <= LARGEST_WHOLE as u64
}

/// How many times as long compressed lines are when they are inflated, where nothing says it: rather too many.
const INFLATED: u64 = 8;

/// The bytes of a file when it is inflated, as far as it says so itself.
fn inflated_size(path: &Path) -> Option<u64> {
    // To open a pipe would be to wait for whoever writes into it.
    let mut file = path.is_file().then(|| File::open(path).ok())??;
    let length = file.metadata().ok()?.len();
    let mut head = Vec::new();
    if !is_little(length) || (&mut file).take(ZSTD_HEAD).read_to_end(&mut head).is_err() {
        return Some(length);
    }
    let said = match forms::packing(&head) {
        Ok(Packing::Gzip) => {
            // The length of its last member (RFC 1952).
            let mut trailer = [0; 4];
            file.seek(SeekFrom::End(-4)).and_then(|_| file.read_exact(&mut trailer)).ok()?;
            u64::from(u32::from_le_bytes(trailer))
        }
        // The length of its first frame, where whoever wrote it knew.
        Ok(Packing::Zstd) => zstd::zstd_safe::get_frame_content_size(&head).ok().flatten().unwrap_or_default(),
        Ok(Packing::Plain) | Err(_) => return Some(length),
    };
    // Of several members or frames it is not the length of all.
    Some(if said < length { length.saturating_mul(INFLATED) } else { said })
}
