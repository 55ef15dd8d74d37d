//! The lines of one source, in blocks of about a megabyte.

use std::{
    io::{self, BufRead, BufReader, Read},
    mem,
};

use super::{
    block::Block,
    budget::cost,
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
/// What some editors write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How many times as long the room for a line is at each try.
const GROWTH: usize = 4;

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
    /// Whole lines that were read already and are too many for one block, and where those begin that no block holds yet.
    waiting: (Vec<u8>, usize),
    /// Of the last line of those only the beginning was kept.
    waiting_is_cut: bool,
}

/// What reading came to.
pub(super) enum Found {
    /// Whole lines.
    Block(Block),
    /// The begin of a line that is longer than the room.
    Longer,
    /// There are no more lines.
    End,
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
        let (begun, waiting) = (Vec::new(), (Vec::new(), 0));
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
    pub(super) fn block_in(&mut self, mut room: Vec<u8>) -> Result<Option<Block>, Failure> {
        loop {
            match self.find_in(room)? {
                Found::Block(block) => return Ok(Some(block)),
                Found::End => return Ok(None),
                Found::Longer => room = Vec::new(),
            }
        }
    }

    /// Bytes of room that the next block takes, as far as it is known.
    pub(super) fn needs(&self) -> usize {
        match self.waiting.0.len() - self.waiting.1 {
            // Room that grows in few steps leaves little behind it that is too small for the next one.
            0 => BLOCK_BYTES.max(GROWTH * self.begun.len()).min(LONGEST_LINE + 1),
            waiting => waiting.min(BLOCK_BYTES),
        }
    }

    /// What the block takes that was read last.
    pub(super) fn cost(&self, block: &Block) -> usize {
        cost(block.bytes.capacity(), self.next_line - block.first_line)
    }

    /// The next whole lines in such a room, or what else there is: a line that does not end in it is longer, and
    /// [`Lines::needs`] says what the next try will take.
    ///
    /// # Errors
    /// As for [`Lines::block`].
    pub(super) fn find_in(&mut self, mut bytes: Vec<u8>) -> Result<Found, Failure> {
        let (lines, cut) = if self.waiting.0.is_empty() {
            let Some(mut cut) = self.fill(&mut bytes).map_err(|error| unreadable(&self.name, error))? else {
                return Ok(Found::Longer);
            };
            if bytes.is_empty() {
                return Ok(Found::End);
            }
            if self.next_line == 1 {
                begin(&self.name, &mut bytes)?;
            }
            let mut lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
            if lines > MOST_LINES
                && let Some(end) = memchr::memchr_iter(b'\n', &bytes).nth(LAST_LINE)
            {
                self.waiting = (bytes.split_off(end + 1), 0);
                // If there is a line that is too long, it is the last of all.
                (lines, self.waiting_is_cut, cut) = (MOST_LINES, cut, false);
            }
            (lines, cut)
        } else {
            self.next_waiting(&mut bytes)
        };
        let first_line = self.next_line;
        self.next_line += lines;
        Ok(Found::Block(Block { bytes, first_line, overlong: cut.then(|| self.next_line - 1), passed_over: 0 }))
    }

    /// The next of the lines that wait: how many they are, and whether only the beginning of the last one was kept.
    fn next_waiting(&mut self, bytes: &mut Vec<u8>) -> (u64, bool) {
        let (waiting, begin) = &mut self.waiting;
        let rest = &waiting[*begin..];
        let mut ends = memchr::memchr_iter(b'\n', rest);
        let end = ends.nth(LAST_LINE).map(|end| end + 1).filter(|end| *end < rest.len());
        bytes.clear();
        if let Some(end) = end {
            bytes.extend_from_slice(&rest[..end]);
            *begin += end;
            return (MOST_LINES, false);
        }
        if *begin == 0 {
            *bytes = mem::take(waiting);
        } else {
            bytes.extend_from_slice(rest);
            self.waiting = (Vec::new(), 0);
        }
        (memchr::memchr_iter(b'\n', bytes).count() as u64, mem::take(&mut self.waiting_is_cut))
    }

    /// Whether there is more, or an error that the next block tells.
    pub(super) fn go_on(&mut self) -> bool {
        if self.waiting.0.is_empty() && self.begun.is_empty() {
            let mut byte = [0];
            match self.read(&mut byte) {
                Ok(length) => self.begun.extend_from_slice(&byte[..length]),
                Err(error) => self.failed = Some(error),
            }
        }
        !self.waiting.0.is_empty() || !self.begun.is_empty() || self.failed.is_some()
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

    /// Fills room with whole lines; tells whether only the beginning of the last one was kept, or nothing where a line is longer
    /// than the room. What is in the room is written over: to zero it would cost as much as to fill it.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<bool>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let (mut length, room) = (self.begun.len(), self.needs());
        if length >= BLOCK_BYTES {
            // The begin of a long line stays where it is.
            *bytes = mem::take(&mut self.begun);
            bytes.reserve_exact(room - length);
        }
        bytes.resize(room, 0);
        bytes[..self.begun.len()].copy_from_slice(&self.begun);
        self.begun.clear();
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
            return Ok(Some(true));
        }
        bytes.truncate(length);
        if let Some(end) = end.filter(|_| !self.ended) {
            self.begun.extend_from_slice(&bytes[end..]);
            bytes.truncate(end);
        } else if !self.ended {
            self.begun = mem::take(bytes);
            return Ok(None);
        }
        Ok(Some(false))
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
        decoder.window_log_max(forms::WINDOW_LOG)?;
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

    #[test]
    fn a_long_line_is_asked_for_step_by_step_and_short_ones_behind_it_are_cut() {
        let mut long = vec![b'x'; 5 << 20];
        long.push(b'\n');
        let bytes = [&b"a\n".repeat(9_000)[..], &long, &b"b\n".repeat(20_000), b"c"].concat();
        let mut lines = Lines::new("x".into(), Box::new(io::Cursor::new(bytes.clone()))).unwrap();
        let (mut needed, mut blocks, mut read) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            needed.push(lines.needs());
            match lines.find_in(vec![b'y'; 7]).unwrap() {
                Found::Longer => {}
                Found::End => break,
                Found::Block(block) => {
                    assert!(block.bytes.capacity() <= *needed.last().unwrap().max(&BLOCK_BYTES));
                    blocks.push((block.first_line, lines.cost(&block) - block.bytes.capacity()));
                    read.extend(block.bytes);
                }
            }
        }
        assert!(read == bytes);
        let lines_of = |(first, beside): &(u64, usize)| (*first, beside / 192);
        let blocks: Vec<_> = blocks.iter().map(lines_of).collect();
        assert_eq!(blocks, [(1, 8_192), (8_193, 808), (9_001, 8_192), (17_193, 8_192), (25_385, 3_617)]);
        assert_eq!(needed, [1 << 20, 1_616, 4_122_304, 16_489_216, 23_619, 7_235, 1 << 20]);
    }
}
