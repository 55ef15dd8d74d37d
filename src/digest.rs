//! SHA-256 in hexadecimal, the form in which manifests and receipts name content.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

/// Bytes that are read at a time: more than what `io::copy` reads, since a call of the system costs as much as to hash 4 KB.
const BUFFER: usize = 1 << 17;

/// SHA-256 of `bytes`, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

/// SHA-256 of a regular file, in hexadecimal; anything else may never end.
///
/// # Errors
/// A file that cannot be read, or is none.
pub fn of_file(path: &Path) -> io::Result<String> {
    if !path.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    of_open(File::open(path)?)
}

/// SHA-256 of what is left of a file, in hexadecimal.
///
/// # Errors
/// A file that cannot be read.
pub fn of_open(mut file: File) -> io::Result<String> {
    let (mut hash, mut bytes) = (Sha256::new(), vec![0; BUFFER]);
    loop {
        match file.read(&mut bytes) {
            Ok(0) => return Ok(hexadecimal(hash)),
            Ok(read) => hash.update(&bytes[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The first 64 bits of SHA-256: tells contents apart in little memory.
#[must_use]
pub fn short(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes).iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Whether a text is what [`sha256`] gives: files are named by it, so what a file says is one has to be.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Counts and hashes what passes through on its way to the writer below.
#[derive(Debug)]
pub struct Hashed<W> {
    inner: W,
    bytes: u64,
    hash: Sha256,
}

impl<W> Hashed<W> {
    /// Begins to count and hash what goes to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, bytes: 0, hash: Sha256::new() }
    }

    /// The writer below, for what does not pass through.
    pub fn inner_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// Gives the writer back, with the bytes that passed and their SHA-256 in hexadecimal.
    pub fn finish(self) -> (W, u64, String) {
        (self.inner, self.bytes, hexadecimal(self.hash))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.hash.update(&bytes[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hexadecimal(hash: Sha256) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    hash.finalize().iter().flat_map(|byte| digits(*byte)).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_standards() {
        // FIPS 180-4, the one-block example.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
        assert_eq!(short(b"abc"), 0xba78_16bf_8f01_cfea);
        assert!(is_sha256(abc));
        for other in ["", "../x", &abc[1..], &abc.to_uppercase(), &format!("{abc}0"), &abc.replace('a', "/")] {
            assert!(!is_sha256(other), "{other}");
        }
        let mut hashed = Hashed::new(Vec::new());
        hashed.write_all(b"a").unwrap();
        hashed.write_all(b"bc").unwrap();
        assert_eq!(hashed.finish(), (b"abc".to_vec(), 3, abc.to_owned()));
    }
}
