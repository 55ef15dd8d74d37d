//! Numbers in files of ours are counts. Whoever reads them adds them up, so none may be so large that a sum leaves 64 bits.

use std::io::{self, Read};

/// Most digits of a count: ten trillion. Half a million of them, more than a manifest has room for, can be added up.
const MOST_DIGITS: usize = 13;

/// JSON on its way to a parser; a number of more than 13 digits, outside of texts, is an error.
#[derive(Debug)]
pub struct Counts<R> {
    inner: R,
    within: Within,
    digits: usize,
}

/// Where in the JSON the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Outside of texts.
    Structure,
    /// Behind a decimal point, whose digits make no number large.
    Fraction,
    Text,
    /// Behind a backslash in a text.
    Escape,
}

impl<R> Counts<R> {
    /// Nothing is read yet.
    pub fn new(inner: R) -> Self {
        Self { inner, within: Within::Structure, digits: 0 }
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.within = match (self.within, byte) {
            (Within::Text, b'\\') => Within::Escape,
            (Within::Text, b'"') => Within::Structure,
            (Within::Text | Within::Escape, _) | (Within::Structure | Within::Fraction, b'"') => Within::Text,
            (Within::Fraction, b'0'..=b'9') | (Within::Structure, b'.') => Within::Fraction,
            _ => Within::Structure,
        };
        let counts = self.within == Within::Structure && byte.is_ascii_digit();
        self.digits = if counts { self.digits.saturating_add(1) } else { 0 };
        self.digits <= MOST_DIGITS
    }
}

impl<R: Read> Read for Counts<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if buffer[..count].iter().all(|byte| self.takes(*byte)) {
            return Ok(count);
        }
        let words = format!("a number in it has more than {MOST_DIGITS} digits, and none of ours is so large");
        Err(io::Error::new(io::ErrorKind::InvalidData, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_counts_and_texts_are_whatever_they_are() {
        let read = |json: &str| io::copy(&mut Counts::new(json.as_bytes()), &mut io::sink()).is_ok();
        for json in [
            r#"{"a":9999999999999,"b":[1234567890123,-1],"c":0.12345678901234567}"#,
            r#"{"a":"12345678901234567890","b":"\\","c":"\"12345678901234567890"}"#,
        ] {
            assert!(read(json), "{json}");
        }
        for json in [
            r#"{"a":10000000000000}"#,
            r#"["\\",18446744073709551615]"#,
            "[-18446744073709551615]",
            "[0.5,18446744073709551615]",
        ] {
            assert!(!read(json), "{json}");
        }
    }
}
