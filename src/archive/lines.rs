//! The lines of one source, in blocks of about a megabyte.

use std::{
    io::{self, BufRead, BufReader, Read},
    mem,
};

use super::{
    block::Block,
    forms::{self, Packing},
};
use crate::{failure::Failure, gzip};

/// Bytes of lines in a block; a longer line makes a longer block.
pub(super) const BLOCK_BYTES: usize = 1 << 20;

/// Most bytes of a line; of a longer one the beginning is kept, and it is no profile.
pub const LONGEST_LINE: usize = 16 << 20;
/// Most lines of a block: even short ones take room of their own while they are worked on.
const MOST_LINES: u64 = LAST_LINE as u64 + 1;
/// Position of the last of those.
const LAST_LINE: usize = 8_191;
/// Most lines of a file that is worked on as one block.
pub(super) const MOST_LINES_WHOLE: u64 = 65_536;
/// Windows with a history of more bytes than two to this are refused: they would fill the memory.
const ZSTD_WINDOW_LOG: u32 = 25;
/// What some editors write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is kept of a line that is too long.
const BEGINNING: usize = 1 << 10;

/// The lines of one source, in blocks.
pub struct Lines {
    name: String,
    input: Box<dyn Read + Send>,
    next_line: u64,
    /// What was read behind the last whole line.
    begun: Vec<u8>,
    /// There is no more to read.
    ended: bool,
    /// Why reading failed when it was asked whether there is more.
    failed: Option<io::Error>,
    /// Whole lines that were read already and are too many for one block.
    waiting: Vec<u8>,
    /// Of the last line of those only the beginning was kept.
    waiting_is_cut: bool,
}

impl Lines {
    pub(super) fn new(name: String, mut input: Box<dyn Read + Send>) -> Result<Self, Failure> {
        let mut head = Vec::with_capacity(forms::HEAD);
        (&mut input).take(forms::HEAD as u64).read_to_end(&mut head).map_err(|error| unreadable(&name, error))?;
        let packing = forms::packing(&head).map_err(|form| form.refusal(&name))?;
        let input = io::Cursor::new(head).chain(input);
        let input: Box<dyn Read + Send> = match packing {
            Packing::Plain => Box::new(input),
            Packing::Gzip => Box::new(gzip::GzipMembers::new(BufReader::with_capacity(1 << 16, input))),
            Packing::Zstd => zstd(&name, BufReader::with_capacity(1 << 17, input))?,
        };
        let (begun, waiting) = (Vec::new(), Vec::new());
        Ok(Self { name, input, next_line: 1, begun, ended: false, failed: None, waiting, waiting_is_cut: false })
    }

    /// The next whole lines, about a megabyte of them and not too many; `None` at the end.
    ///
    /// # Errors
    /// A file that is cut or damaged, or whose content is in a form that is not read; the message names it.
    pub fn block(&mut self) -> Result<Option<Block>, Failure> {
        self.block_in(Vec::new())
    }

    /// The same, in room that an earlier block took.
    ///
    /// # Errors
    /// As for [`Lines::block`].
    pub(super) fn block_in(&mut self, room: Vec<u8>) -> Result<Option<Block>, Failure> {
        let (mut bytes, mut cut) = (mem::take(&mut self.waiting), mem::take(&mut self.waiting_is_cut));
        if bytes.is_empty() {
            bytes = room;
            cut = self.fill(&mut bytes).map_err(|error| unreadable(&self.name, error))?;
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let first_line = self.next_line;
        if first_line == 1 {
            begin(&self.name, &mut bytes)?;
        }
        let mut lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        if lines > MOST_LINES
            && let Some(end) = memchr::memchr_iter(b'\n', &bytes).nth(LAST_LINE)
        {
            self.waiting = bytes.split_off(end + 1);
            // If there is a line that is too long, it is the last of all.
            (lines, self.waiting_is_cut, cut) = (MOST_LINES, cut, false);
        }
        self.next_line += lines;
        Ok(Some(Block { bytes, first_line, overlong: cut.then(|| self.next_line - 1), passed_over: 0 }))
    }

    /// Whether there is more, or an error that the next block tells.
    pub(super) fn go_on(&mut self) -> bool {
        if self.waiting.is_empty() && self.begun.is_empty() {
            let mut byte = [0];
            match self.read(&mut byte) {
                Ok(length) => self.begun.extend_from_slice(&byte[..length]),
                Err(error) => self.failed = Some(error),
            }
        }
        !self.waiting.is_empty() || !self.begun.is_empty() || self.failed.is_some()
    }

    /// All lines that are left, as one block; `None` where they are more than so many bytes or too many lines.
    ///
    /// # Errors
    /// As for [`Lines::block`].
    pub fn whole(mut self, most_bytes: usize) -> Result<Option<Block>, Failure> {
        let mut whole = Block { bytes: Vec::new(), first_line: self.next_line, overlong: None, passed_over: 0 };
        while let Some(block) = self.block()? {
            let too_many = self.next_line - whole.first_line > MOST_LINES_WHOLE;
            // Only one line that is too long can be told in a block.
            if too_many || whole.bytes.len() + block.bytes.len() > most_bytes || whole.overlong.is_some() {
                return Ok(None);
            }
            whole.bytes.extend_from_slice(&block.bytes);
            whole.overlong = block.overlong;
        }
        Ok(Some(whole))
    }

    /// Fills room with whole lines; tells whether only the beginning of the last one was kept. What is in the room is written
    /// over: to zero it would cost as much as to fill it.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut length = self.begun.len();
        bytes.resize(BLOCK_BYTES.max(2 * length).min(LONGEST_LINE + 1), 0);
        bytes[..length].copy_from_slice(&self.begun);
        self.begun.clear();
        loop {
            length += self.read(&mut bytes[length..])?;
            // Only a line that fills all of the room can be too long.
            let is_long = length > LONGEST_LINE && memchr::memchr(b'\n', &bytes[..LONGEST_LINE]).is_none();
            let end = memchr::memrchr(b'\n', &bytes[..length]).map(|end| end + 1);
            if is_long {
                if end.is_none() {
                    self.skip_line()?;
                }
                bytes.truncate(BEGINNING);
                bytes.push(b'\n');
                bytes.shrink_to_fit();
                return Ok(true);
            }
            if self.ended {
                bytes.truncate(length);
                return Ok(false);
            }
            if let Some(end) = end {
                self.begun.extend_from_slice(&bytes[end..length]);
                bytes.truncate(end);
                return Ok(false);
            }
            bytes.resize((2 * length).min(LONGEST_LINE + 1), 0);
        }
    }

    /// Reads until some room is full, or to the end.
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut length = 0;
        while length < room.len() && !self.ended {
            match self.input.read(&mut room[length..]) {
                Ok(read) => {
                    self.ended = read == 0;
                    length += read;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(length)
    }

    /// Passes over the rest of a line.
    fn skip_line(&mut self) -> io::Result<()> {
        let mut room = vec![0; 1 << 16];
        while !self.ended {
            let length = self.read(&mut room)?;
            if let Some(end) = memchr::memchr(b'\n', &room[..length]) {
                self.begun.extend_from_slice(&room[end + 1..length]);
                break;
            }
        }
        Ok(())
    }
}

/// Takes the mark of a file's encoding away, and looks at the begin of its content.
pub(super) fn begin(name: &str, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    match forms::refused(&bytes[..bytes.len().min(1 << 16)]) {
        Some(form) => Err(form.refusal(name)),
        None => Ok(()),
    }
}

/// Inflates zstd, any number of frames.
fn zstd(name: &str, input: impl BufRead + Send + 'static) -> Result<Box<dyn Read + Send>, Failure> {
    let decoder = zstd::stream::read::Decoder::with_buffer(input).and_then(|mut decoder| {
        decoder.window_log_max(ZSTD_WINDOW_LOG)?;
        Ok(Box::new(decoder) as Box<dyn Read + Send>)
    });
    decoder.map_err(|error| unreadable(name, error))
}

pub(super) fn unreadable(name: &str, error: io::Error) -> Failure {
    let (what, first) = match error.kind() {
        io::ErrorKind::UnexpectedEof => ("ends in the middle: it is cut", "bring the whole file, then"),
        // A checksum that does not fit is told as invalid input.
        // What is no zstd is told as another error; the system has its own kinds.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            ("is damaged, or something follows its end", "bring the original file, then")
        }
        _ => ("cannot be read", "see to the cause, then"),
    };
    Failure::stopped(format!("`{name}` {what}")).because(error).again(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_across_blocks_members_and_blank_lines() {
        let gzipped = ["one\n\ntwo\n", "three"].map(|text| gzip::compressed(text.as_bytes())).concat();
        let framed = ["one\n\ntwo\n", "three"].map(|text| zstd::encode_all(text.as_bytes(), 3).unwrap()).concat();
        let marked = "\u{feff}one\n\ntwo\nthree".as_bytes().to_vec();
        for bytes in [gzipped, framed, marked, b"one\n\ntwo\nthree".to_vec()] {
            let mut lines = Lines::new("x".into(), Box::new(io::Cursor::new(bytes))).unwrap();
            let block = lines.block().unwrap().unwrap();
            let found: Vec<_> = block.lines().collect();
            assert_eq!(found, [(1, &b"one"[..]), (3, b"two"), (4, b"three")]);
            assert_eq!(lines.block().unwrap(), None);
        }
    }

    #[test]
    fn blocks_are_cut_by_lines_and_none_is_lost() {
        let long = vec![b'x'; LONGEST_LINE + 1];
        let bytes = [&b"a\n".repeat(20_000)[..], &long, b"\n", &b"b\n".repeat(9_000)].concat();
        let mut lines = Lines::new("x".into(), Box::new(io::Cursor::new(bytes))).unwrap();
        let (mut numbers, mut overlong) = (Vec::new(), Vec::new());
        while let Some(block) = lines.block().unwrap() {
            assert!(block.lines().count() <= 8_192 && block.bytes.capacity() < 3 << 20);
            overlong.extend(block.overlong);
            numbers.extend(block.lines().map(|(number, _)| number));
        }
        assert_eq!((numbers, overlong), ((1..=29_001).collect::<Vec<_>>(), vec![20_001]));
    }
}
