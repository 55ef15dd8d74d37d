//! Identifiers that are given instead of a list: one a line, `use_…` or `type:value`, however the file was saved.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, Write},
    path::Path,
};

use encoding_rs::Encoding;
use flate2::bufread::MultiGzDecoder;

use crate::{digest::Hashed, failure::Failure};

/// Names of a column above the identifiers.
const HEADERS: [&str; 5] = ["segment_id", "canonical_segment_id", "identifier", "id", "ids"];
/// Longest line, in bytes: what is longer is no list of identifiers.
const LONGEST_LINE: u64 = 1 << 16;

/// Identifiers in a file, and what names their content.
#[derive(Debug)]
pub struct Identifiers {
    /// UTF-8 lines.
    file: File,
    /// SHA-256 of the file as it was given, in hexadecimal: other identifiers make another archive.
    pub sha256: String,
}

impl Identifiers {
    /// Opens a file, or takes all of stdin for `-`: text in UTF-8 or UTF-16, or one column of CSV, gzipped or not.
    ///
    /// # Errors
    /// A file that cannot be read, or is no list of identifiers.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let wrong = |error: io::Error| {
            Failure::usage(format!("cannot read identifiers from `{}`", path.display()))
                .because(error)
                .hint("give a file with one identifier a line, `use_…` or `type:value`, or `-` for stdin")
        };
        let input: Box<dyn Read> =
            if path.as_os_str() == "-" { Box::new(io::stdin()) } else { Box::new(File::open(path).map_err(wrong)?) };
        let (file, sha256) = copied(input).map_err(wrong)?;
        let identifiers = Self { file, sha256 };
        // All of them, so that a bad one is known before the first call.
        let mut any = false;
        let mut check = |line: io::Result<String>| line.map(|_| any = true);
        identifiers.lines().and_then(|mut lines| lines.try_for_each(&mut check)).map_err(wrong)?;
        if !any {
            // Whatever was to write them may have failed.
            return Err(wrong(invalid("no line of it holds an identifier".into())));
        }
        Ok(identifiers)
    }

    /// The identifiers, in their order; empty lines and a column's name are none, and `segment_id:use_…` is the same as
    /// `use_…`.
    ///
    /// # Errors
    /// A file that cannot be read, or a line that is no identifier.
    pub fn lines(&self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let mut lines = BufReader::new(file);
        let mut number = 0_u64;
        let next = std::iter::from_fn(move || {
            let mut line = Vec::new();
            number = number.saturating_add(1);
            match lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) => None,
                Ok(_) => Some(identifier(&line, number)),
                Err(error) => Some(Err(error)),
            }
        });
        Ok(next.filter(|line| !matches!(line, Ok(text) if text.is_empty())))
    }
}

/// The content as UTF-8 in a file without a name, and the hash of what was read.
fn copied(input: impl Read) -> io::Result<(File, String)> {
    let mut copy = Hashed::new(tempfile::tempfile()?);
    io::copy(&mut { input }, &mut copy)?;
    copy.flush()?;
    let (mut file, _, sha256) = copy.finish();
    file.rewind()?;
    let mut bytes = BufReader::new(file.try_clone()?);
    if bytes.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        let mut inflated = tempfile::tempfile()?;
        io::copy(&mut MultiGzDecoder::new(bytes), &mut inflated)?;
        file = inflated;
        file.rewind()?;
        bytes = BufReader::new(file.try_clone()?);
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes.fill_buf()?)
        && encoding != encoding_rs::UTF_8
    {
        let mut text = tempfile::tempfile()?;
        decode(encoding, &mut bytes, &mut text)?;
        file = text;
    }
    Ok((file, sha256))
}

/// Writes text of another encoding as UTF-8, piece by piece.
fn decode(encoding: &'static Encoding, input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let (mut decoder, mut piece) = (encoding.new_decoder(), [0; 1 << 14]);
    loop {
        let read = input.read(&mut piece)?;
        let bytes = piece.get(..read).unwrap_or_default();
        let mut text = String::with_capacity(decoder.max_utf8_buffer_length(read).unwrap_or(1 << 16));
        let (_, _, odd) = decoder.decode_to_string(bytes, &mut text, read == 0);
        if odd {
            return Err(invalid(format!("it begins as {} and is not", encoding.name())));
        }
        output.write_all(text.as_bytes())?;
        if read == 0 {
            return output.flush();
        }
    }
}

/// The identifier on a line, empty where there is none.
fn identifier(line: &[u8], number: u64) -> io::Result<String> {
    if line.len() as u64 == LONGEST_LINE {
        return Err(invalid(format!("line {number} is too long for an identifier")));
    }
    let text = std::str::from_utf8(line).map_err(|_| invalid(format!("line {number} is no UTF-8 text")))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    // An id of a profile holds no delimiter; what stands behind one is another column.
    if text.starts_with("use_") && text.contains([',', ';', '\t']) {
        return Err(invalid(format!("line {number} has more than one column; keep the one with the identifiers")));
    }
    let text = unquoted(text).map_err(|why| invalid(format!("line {number} {why}")))?;
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(invalid(format!("line {number} holds a control character, so it is no identifier")));
    }
    if number == 1 && HEADERS.iter().any(|header| header.eq_ignore_ascii_case(text)) {
        return Ok(String::new());
    }
    let text = text.strip_prefix("segment_id:").unwrap_or(text);
    let wrong = match text.split_once(':') {
        _ if text.starts_with(['{', '[']) => "is JSON: give the identifier alone",
        Some(("", _)) => "has no type before the `:`, as in `user_id:u1`",
        Some((_, id)) if id.trim().is_empty() => "has nothing behind its type, as in `user_id:u1`",
        None if text.contains('@') => "has no type, as in `email:ada@example.com`",
        _ => return Ok(text.to_owned()),
    };
    Err(invalid(format!("line {number} {wrong}")))
}

/// The one cell of a line of CSV; a line without quotation marks is taken as it is.
fn unquoted(text: &str) -> Result<String, &'static str> {
    let Some(quoted) = text.strip_prefix('"') else { return Ok(text.to_owned()) };
    let mut cell = String::new();
    let mut rest = quoted.chars();
    while let Some(one) = rest.next() {
        if one != '"' {
            cell.push(one);
            continue;
        }
        match rest.next() {
            None => return Ok(cell),
            Some('"') => cell.push('"'),
            Some(_) => return Err("has more than one column; keep the one with the identifiers"),
        }
    }
    Err("has a quotation mark that is not closed")
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(bytes: &[u8]) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids.txt");
        std::fs::write(&path, bytes).unwrap();
        let identifiers = Identifiers::open(&path)
            .map_err(|failure| std::error::Error::source(&failure).map_or(String::new(), ToString::to_string))?;
        let first: Vec<String> = identifiers.lines().unwrap().map(Result::unwrap).collect();
        let again: Vec<String> = identifiers.lines().unwrap().map(Result::unwrap).collect();
        assert_eq!(first, again);
        Ok(first)
    }

    #[test]
    fn lines_are_identifiers_however_they_were_saved() {
        let text = "\u{feff}use_1\r\n\r\n email:A@b.example \nsegment_id:use_2";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let gzip = |bytes: &[u8]| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        };
        let two = [gzip(b"use_1\nemail:A@b.exa"), gzip(b"mple\nuse_2\n")].concat();
        let csv = "\"segment_id\"\r\n\"use_1\"\r\n\"email:A@b.example\"\r\n\"use_2\"\r\n".as_bytes();
        for bytes in [text.as_bytes(), &little, &big, &gzip(text.as_bytes()), &gzip(&little), &two, csv] {
            assert_eq!(given(bytes).unwrap(), ["use_1", "email:A@b.example", "use_2"]);
        }
        assert_eq!(given(b"\"user_id:a \"\"b\"\"\"\nuser_id:c,d\n").unwrap(), ["user_id:a \"b\"", "user_id:c,d"]);
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        for (bytes, said) in [
            (&b"use_1\n\"use_2\",\"a\"\n"[..], "line 2 has more than one column; keep the one with the identifiers"),
            (b"use_1,Ada\n", "line 1 has more than one column; keep the one with the identifiers"),
            (b"use_1\n\"use_2\n", "line 2 has a quotation mark that is not closed"),
            (b"use_1\n\xff\xff\n", "line 2 is no UTF-8 text"),
            (b"use_1\nuse_\x002\n", "line 2 holds a control character, so it is no identifier"),
            (b"", "no line of it holds an identifier"),
            (b"use_1\n{\"segment_id\":\"use_2\"}\n", "line 2 is JSON: give the identifier alone"),
            (b":u1", "line 1 has no type before the `:`, as in `user_id:u1`"),
            (b"user_id: \n", "line 1 has nothing behind its type, as in `user_id:u1`"),
            (b"ada@example.com\n", "line 1 has no type, as in `email:ada@example.com`"),
            (b"segment_id\r\n\r\n", "no line of it holds an identifier"),
            (&vec![b'x'; 70_000], "line 1 is too long for an identifier"),
            (b"\xff\xfeu\x00s\x00\x00\xd8", "it begins as UTF-16LE and is not"),
        ] {
            assert_eq!(given(bytes).unwrap_err(), said);
        }
    }
}
