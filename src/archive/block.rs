//! Lines that are worked on together.

use std::mem;

/// Whole lines that belong together, with the place of the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The lines, each with its line break, except perhaps the last one.
    pub bytes: Vec<u8>,
    /// Number of the first line in its file, counted from 1.
    pub first_line: u64,
    /// Number of a line of which only the beginning is here, since it is longer than [`LONGEST_LINE`](super::reader::LONGEST_LINE).
    pub overlong: Option<u64>,
    /// Lines of other partitions, which are blank here.
    pub passed_over: u64,
}

impl Block {
    /// The lines that are not blank, without their line breaks, each with its number.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut begin = 0;
        let ends = memchr::memchr_iter(b'\n', &self.bytes).chain(std::iter::once(self.bytes.len()));
        let lines = ends.map(move |end| &self.bytes[mem::replace(&mut begin, end + 1)..end]);
        (self.first_line..).zip(lines).filter(|(_, line)| !line.trim_ascii().is_empty())
    }
}
