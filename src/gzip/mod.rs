//! Gzip in one place: one member without time or name on the way out; on the way in any number of members, zeros behind
//! the end as tapes and block devices leave them, streams that are cut, other bytes where nothing should be, and records
//! without end.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod records;

use std::{
    cell::RefCell,
    io::{self, BufRead, BufReader, Read},
};

use flate2::bufread::GzDecoder;
use libdeflater::{CompressionLvl, Compressor, Decompressor};

pub use self::records::Records;

/// Level on the way out: the first that compresses; the next ones save a few percent and cost half as much again.
const LEVEL: i32 = 1;

/// How gzip begins (RFC 1952).
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Bytes that end a member: its checksum and its length (RFC 1952).
pub const TRAILER: usize = 8;

/// Whether bytes begin as gzip does.
#[must_use]
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The deflated content of a file that begins as [`compressed`] does, up to its end; `None` of any other.
#[must_use]
pub fn plain_member(packed: &[u8]) -> Option<&[u8]> {
    const HEADER: usize = 10;
    // Method 8, and no flags (RFC 1952).
    if !packed.starts_with(&[MAGIC[0], MAGIC[1], 8, 0]) {
        return None;
    }
    packed.get(HEADER..packed.len().checked_sub(TRAILER)?)
}

/// Room that is kept beyond a file: more is given back.
const MOST_ROOM: usize = 16 << 20;

thread_local! {
    /// What compresses, and its room: to take both anew for each file, and to zero them, takes a while.
    static PRESS: RefCell<(Compressor, Vec<u8>)> =
        RefCell::new((Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default()), Vec::new()));
}

/// One gzip member without time or name, so that equal content gives equal bytes.
#[must_use]
pub fn compressed(bytes: &[u8]) -> Vec<u8> {
    PRESS.with_borrow_mut(|(compressor, room)| {
        let bound = compressor.gzip_compress_bound(bytes.len());
        // Nearly always a quarter of the bytes is room enough; where it is not, the room is larger the next time.
        for enough in [bound.min(bytes.len() / 4), bound] {
            if room.len() < enough {
                room.resize(enough, 0);
            }
            if let Ok(length) = compressor.gzip_compress(bytes, room) {
                let compressed = room[..length].to_vec();
                if room.len() > MOST_ROOM {
                    *room = Vec::new();
                }
                return compressed;
            }
        }
        Vec::new()
    })
}

/// The content of gzipped input, all of its members, or of input that is not gzipped; told by how it begins.
///
/// # Errors
/// Input that cannot be read.
pub fn content<'a>(input: impl Read + Send + 'a) -> io::Result<Box<dyn BufRead + Send + 'a>> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let gzipped = is_gzip(input.fill_buf()?);
    Ok(if gzipped { Box::new(BufReader::with_capacity(1 << 16, GzipMembers::new(input))) } else { Box::new(input) })
}

/// The content of gzipped or plain input, which is refused where it is longer than `most` bytes.
///
/// # Errors
/// Input that cannot be read, or is longer.
pub fn bounded(input: impl Read + Send, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content(input)?.take((most as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it holds more than {most} bytes")));
    }
    Ok(bytes)
}

/// What a file of a single member holds, inflated in one go; `None` where it is anything else, or more than `most` bytes.
/// Of two members of equal length the first one is given: whoever asks knows the hash of what there should be.
#[must_use]
pub fn at_once(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let length = usize::try_from(u32::from_le_bytes(*packed.last_chunk::<4>()?)).ok()?;
    if length > most {
        return None;
    }
    let mut bytes = vec![0; length];
    let inflated = Decompressor::new().gzip_decompress(packed, &mut bytes).ok()?;
    (inflated == length).then_some(bytes)
}

/// Inflates all members of a stream, one after another.
#[derive(Debug)]
pub struct GzipMembers<R>(Option<Reached<R>>);

#[derive(Debug)]
enum Reached<R> {
    /// Within a member.
    Inside(Box<GzDecoder<R>>),
    /// Behind one: zeros, another member, or the end.
    Between(R),
}

impl<R: BufRead> GzipMembers<R> {
    /// Begins with the first member.
    pub fn new(input: R) -> Self {
        Self(Some(Reached::Inside(Box::new(GzDecoder::new(input)))))
    }

    /// Passes over zeros; tells whether another member begins.
    fn another(input: &mut R) -> io::Result<bool> {
        loop {
            let bytes = input.fill_buf()?;
            let Some(first) = bytes.first() else { return Ok(false) };
            if *first == MAGIC[0] {
                return Ok(true);
            }
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            if zeros == 0 {
                return Err(behind_the_end());
            }
            input.consume(zeros);
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.0.take() {
                None => return Ok(0),
                Some(Reached::Inside(mut member)) => {
                    let length = member.read(buffer)?;
                    if length > 0 {
                        self.0 = Some(Reached::Inside(member));
                        return Ok(length);
                    }
                    self.0 = Some(Reached::Between(member.into_inner()));
                }
                Some(Reached::Between(mut input)) => {
                    if Self::another(&mut input)? {
                        let mut member = GzDecoder::new(input);
                        if member.header().is_none() {
                            // Its header is read at once; what stands in its place is a cut one, or none.
                            let cut =
                                member.read(buffer).err().filter(|error| error.kind() == io::ErrorKind::UnexpectedEof);
                            return Err(cut.unwrap_or_else(behind_the_end));
                        }
                        self.0 = Some(Reached::Inside(Box::new(member)));
                    }
                }
            }
        }
    }
}

fn behind_the_end() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "behind the end of the gzip data follow other bytes, which are no gzip")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflated(bytes: &[u8]) -> Result<String, String> {
        let mut text = String::new();
        let read = content(bytes).and_then(|mut content| content.read_to_string(&mut text));
        read.map(|_| text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_compressed_comes_back_and_equal_content_gives_equal_bytes() {
        let text = "abcd".repeat(1_000);
        let gzipped = compressed(text.as_bytes());
        assert!(gzipped.len() < 100 && gzipped[4..8] == [0; 4], "no time in the header");
        assert_eq!(inflated(&gzipped), Ok(text));
        assert_eq!(inflated(b"plain"), Ok("plain".into()));
    }

    #[test]
    fn members_and_zeros_follow_each_other_and_nothing_else() {
        let (one, two) = (compressed(b"one "), compressed(b"two"));
        for zeros in [0, 1, 511, 70_000] {
            let zeros = vec![0; zeros];
            assert_eq!(inflated(&[&one[..], &zeros, &two, &zeros].concat()), Ok("one two".into()), "{}", zeros.len());
        }
        let behind = Err("behind the end of the gzip data follow other bytes, which are no gzip".to_owned());
        for bytes in [&b"\n"[..], b"text", &[0, 0, 7], &[0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9]] {
            let said = inflated(&[&one[..], bytes].concat());
            assert_eq!(said, behind, "{bytes:?}");
        }
    }

    #[test]
    fn a_cut_stream_is_told_wherever_it_is_cut() {
        let whole = [compressed(b"one "), compressed(&[b'x'; 3_000])].concat();
        let first = compressed(b"one ").len();
        for length in 1..whole.len() {
            let mut bytes = Vec::new();
            let read = content(&whole[..length]).and_then(|mut content| content.read_to_end(&mut bytes));
            match length {
                // One byte is no gzip yet, and a first member alone is whole.
                1 => assert_eq!(bytes, [0x1f]),
                _ if length == first => assert_eq!(bytes, b"one "),
                _ => assert_eq!(read.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{length}"),
            }
        }
    }

    #[test]
    fn content_beyond_a_bound_is_refused() {
        let zeros = compressed(&vec![0; 1 << 20]);
        assert_eq!(bounded(&zeros[..], 1 << 20).unwrap().len(), 1 << 20);
        assert_eq!(bounded(&zeros[..], 1 << 19).unwrap_err().to_string(), "it holds more than 524288 bytes");
    }
}
