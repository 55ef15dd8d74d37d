//! Tables whose records are not without end.

use std::io::{self, Read};

/// Longest record, in bytes: it holds at most one customer, who is as large as a request may be (docs/api-facts.md C1).
const LONGEST: u64 = 12 << 20;

/// What may stand before a cell in quotation marks.
const BEFORE_A_CELL: &[u8] = b",;\t\r\n";

/// A reader of a table that ends in an error where a record is longer than any that can be meant, be it that a quotation
/// mark is never closed: a table's reader would hold all of it.
#[derive(Debug)]
pub struct Records<R> {
    inner: R,
    /// Bytes that were read before.
    passed: u64,
    /// The last of them.
    last: u8,
    /// Within quotation marks, where a line break ends nothing.
    quoted: bool,
    /// The quotation mark before this one closed a cell; two in a row stand for one.
    closed: bool,
    since_the_last_end: u64,
}

impl<R> Records<R> {
    /// Nothing is read yet.
    pub fn new(inner: R) -> Self {
        Self { inner, passed: 0, last: b'\n', quoted: false, closed: false, since_the_last_end: 0 }
    }

    fn look_at(&mut self, read: &[u8]) {
        let mut begin = None;
        for at in memchr::memchr2_iter(b'"', b'\n', read) {
            let before = at.checked_sub(1).map_or(self.last, |before| read[before]);
            let behind_the_mark = self.passed == 0 && read[..at] == *b"\xef\xbb\xbf";
            if read[at] == b'\n' {
                begin = if self.quoted { begin } else { Some(at) };
                self.closed = false;
            } else if self.quoted {
                (self.quoted, self.closed) = (false, true);
            } else {
                let doubled = self.closed && before == b'"';
                self.quoted = doubled || behind_the_mark || BEFORE_A_CELL.contains(&before);
                self.closed = false;
            }
        }
        let length = read.len() as u64;
        self.since_the_last_end = match begin {
            Some(at) => length.saturating_sub(at as u64).saturating_sub(1),
            None => self.since_the_last_end.saturating_add(length),
        };
        self.passed = self.passed.saturating_add(length);
        self.last = read.last().copied().unwrap_or(self.last);
    }
}

impl<R: Read> Read for Records<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.look_at(&buffer[..count]);
        if self.since_the_last_end > LONGEST {
            return Err(io::Error::other("a row of it is longer than any customer"));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a table of `begin` and then, without end, `rest` can be read.
    fn ends_well(begin: &str, rest: &str) -> bool {
        let rest = rest.repeat((1 << 20) / rest.len());
        let endless = std::iter::repeat_n(rest.as_bytes(), 14);
        let mut all: Box<dyn Read> = Box::new(begin.as_bytes());
        for piece in endless {
            all = Box::new(all.chain(piece));
        }
        io::copy(&mut Records::new(all), &mut io::sink()).is_ok()
    }

    #[test]
    fn a_record_without_end_is_an_error() {
        let short = format!("a\n{}\n", "b".repeat(1_000));
        let mut text = String::new();
        assert!(Records::new(short.as_bytes()).read_to_string(&mut text).is_ok() && text == short);
        for (begin, rest) in [("a,b\n", "x,y\n"), ("", "\n"), ("a,b\n", "\"x\"\"\ny\",5\n"), ("", "5\" pipe,a\"\"b\n")]
        {
            assert!(ends_well(begin, rest), "{begin:?} {rest:?}");
        }
        for (begin, rest) in
            [("", "x"), ("a,b\n", "x,y"), ("\"", "x\n"), ("a,\"", "x\n"), ("\u{feff}\"", "x\n"), ("\"\"\"", "x\n")]
        {
            assert!(!ends_well(begin, rest), "{begin:?} {rest:?}");
        }
    }
}
