//! Texts that people save by hand or by a program's export, such as mapping files and metadata schemas: in UTF-8, or in
//! UTF-16 where its mark says so, gzipped or not.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use encoding_rs::Encoding;

use crate::{digest, gzip};

/// Most bytes of such a file: nobody writes as much by hand, and what is made of it may take fifty times as much memory.
const MOST_BYTES: usize = 4 << 20;

/// A text, and what names the file that it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// What the file says, without the mark that some programs begin with.
    pub text: String,
    /// SHA-256 of the file as it is, in hexadecimal.
    pub sha256: String,
}

/// Reads a file, which may be a pipe.
///
/// # Errors
/// A file that cannot be read, is no text, or is too long for one of its kind.
pub fn read(path: &Path) -> io::Result<TextFile> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    from_bytes(&bytes)
}

/// The same of what a file holds.
///
/// # Errors
/// Bytes that are no text, or too many.
pub fn from_bytes(bytes: &[u8]) -> io::Result<TextFile> {
    let content = gzip::bounded(bytes, MOST_BYTES)?;
    let (encoding, mark) = Encoding::for_bom(&content).unwrap_or((encoding_rs::UTF_8, 0));
    let text = encoding.decode_without_bom_handling_and_without_replacement(content.get(mark..).unwrap_or_default());
    match text.filter(|text| !text.contains('\0')) {
        Some(text) => Ok(TextFile { text: text.into_owned(), sha256: digest::sha256(bytes) }),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "it is no text in UTF-8; save it as that")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_however_it_was_saved() {
        let wide = |bytes: fn(u16) -> [u8; 2]| "\u{feff}{\"é\"}".encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let plain = "{\"é\"}".as_bytes().to_vec();
        let marked = "\u{feff}{\"é\"}".as_bytes().to_vec();
        let gzipped = gzip::compressed(&wide(u16::to_le_bytes));
        for saved in [plain, marked, wide(u16::to_le_bytes), wide(u16::to_be_bytes), gzipped] {
            assert_eq!(from_bytes(&saved).unwrap().text, "{\"é\"}", "{saved:?}");
        }
        let without_mark: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for other in [&b"{\"\xe9\"}"[..], &without_mark, b"PK\x03\x04\0\0", b"\xff\xfe\0\xd8"] {
            assert!(from_bytes(other).is_err(), "{other:?}");
        }
        assert_eq!(from_bytes(b"").unwrap().text, "");
    }
}
