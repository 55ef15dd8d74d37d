//! Tells the form of a file by its first bytes: those that no other has, then the look of its first line.

use std::{fs::File, io::Read, path::Path};

use serde::de::IgnoredAny;

use super::{Form, Packing};
use crate::gzip;

/// Bytes that tell a compression.
pub(in crate::archive) const HEAD: usize = 16;

/// Frames of zstd with a history of more bytes than two to this are refused: they would fill the memory.
pub(in crate::archive) const WINDOW_LOG: u32 = 25;

/// Bytes at the begin that only one form has.
const SIGNATURES: [(&[u8], Form); 17] = [
    (b"\xfd7zXZ\0", Form::Xz),
    (b"\x5d\0\0", Form::Xz),
    (b"LZIP", Form::Lzip),
    (b"\x89LZO\0", Form::Lzo),
    (b"\x1f\x9d", Form::Compress),
    (b"BZh", Form::Bzip2),
    (b"\x04\x22\x4d\x18", Form::Lz4),
    (b"\xff\x06\0\0sNaPpY", Form::Snappy),
    (b"7z\xbc\xaf\x27\x1c", Form::SevenZip),
    (b"PK\x03\x04", Form::Zip),
    (b"PK\x05\x06", Form::Zip),
    (b"PAR1", Form::Parquet),
    (b"Obj\x01", Form::Avro),
    (b"ARROW1", Form::Arrow),
    // The same as a stream.
    (b"\xff\xff\xff\xff", Form::Arrow),
    (b"ORC", Form::Orc),
    (b"\x1e", Form::Sequence),
];

/// Tells how a file is packed.
///
/// # Errors
/// A form that is not read.
pub(in crate::archive) fn packing(head: &[u8]) -> Result<Packing, Form> {
    if gzip::is_gzip(head) {
        return Ok(Packing::Gzip);
    }
    // A frame, or one that is skipped and stands before others.
    if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
        || head.len() > 3 && head[0] & 0xf0 == 0x50 && head[1..4] == [0x2a, 0x4d, 0x18]
    {
        return zstd_frame(head).map_or(Ok(Packing::Zstd), Err);
    }
    if matches!(head, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]) {
        return Err(Form::Zlib);
    }
    match SIGNATURES.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, form)) => Err(*form),
        None => Ok(Packing::Plain),
    }
}

/// What a frame of zstd needs that is not at hand, by its head (RFC 8878, 3.1.1.1): a dictionary, or more memory than
/// [`WINDOW_LOG`] allows, which `--long` and `--ultra` ask for.
fn zstd_frame(head: &[u8]) -> Option<Form> {
    let (descriptor, rest) = head.strip_prefix(&[0x28, 0xb5, 0x2f, 0xfd])?.split_first()?;
    if descriptor & 0b11 != 0 {
        return Some(Form::ZstdDictionary);
    }
    let window = if descriptor & 0b10_0000 == 0 {
        let (exponent, mantissa) = (rest.first()? >> 3, u64::from(rest.first()? & 0b111));
        let base = 1_u64 << (10 + exponent);
        base + base / 8 * mantissa
    } else {
        // One segment: all of the content is the window, whose size has 1, 2, 4 or 8 bytes.
        let size = rest.get(..1 << (descriptor >> 6))?;
        size.iter().rev().fold(0, |size, byte| size << 8 | u64::from(*byte))
    };
    (window > 1 << WINDOW_LOG).then_some(Form::ZstdWindow)
}

/// How a file is packed that was named, as far as it can be read again.
pub(super) fn packing_of(file: &str) -> Packing {
    let path = Path::new(file);
    let mut head = Vec::new();
    // A pipe was read already, and gives nothing or waits.
    let read =
        path.is_file() && File::open(path).is_ok_and(|file| file.take(HEAD as u64).read_to_end(&mut head).is_ok());
    let packing = if read { packing(&head).ok() } else { None };
    packing.unwrap_or(Packing::Plain)
}

/// What the begin of a file's content is, behind a mark of its encoding, where it is no lines of JSON.
#[must_use]
pub fn refused(begin: &[u8]) -> Option<Form> {
    match packing(begin) {
        Ok(Packing::Gzip | Packing::Zstd) => return Some(Form::GzipInGzip),
        Err(form) => return Some(form),
        Ok(Packing::Plain) => {}
    }
    if let Some(form) = wide(begin) {
        return Some(form);
    }
    if begin.get(257..262) == Some(b"ustar") {
        return Some(Form::Tar);
    }
    let text = begin.trim_ascii_start();
    let line = first_line(text);
    let is_array = |items: &[u8]| match items.trim_ascii_start().split_first() {
        Some((b'{', _)) => true,
        // Before other lines it is one that is no profile.
        Some((b']', behind)) => behind.trim_ascii().is_empty(),
        _ => false,
    };
    if text.strip_prefix(b"[").is_some_and(is_array) {
        return Some(Form::JsonArray);
    }
    if line.trim_ascii() == b"{" {
        return Some(if wraps(text) { Form::Wrapped } else { Form::PrettyJson });
    }
    let end = line.trim_ascii_end();
    if line.starts_with(b"{") && end.ends_with(b"},") && first_value(end) == Some(end.len() - 1) {
        return Some(Form::Commas);
    }
    let between = |pair: [&[u8]; 2]| memchr::memmem::find(line, &pair.concat()).is_some();
    if line.starts_with(b"{") && between([b"}\r", b"{"]) {
        return Some(Form::CarriageReturns);
    }
    if line.starts_with(b"{") && (between([b"}", b"{"]) || between([b"} ", b"{"])) && has_several(line) {
        return Some(Form::SeveralALine);
    }
    if line.starts_with(br#""{\""#) {
        return Some(Form::JsonInJson);
    }
    // The first line may name the column.
    if text.split(|byte| *byte == b'\n').take(2).any(|line| line.starts_with(br#""{"""#)) {
        return Some(Form::JsonInCsv);
    }
    let names = [&b"segment_id"[..], b"user_id", b"external_ids"];
    let is_header = !line.starts_with(b"{") && line.iter().any(|byte| b",;\t|".contains(byte));
    let has_one = || names.iter().any(|name| memchr::memmem::find(&line.to_ascii_lowercase(), name).is_some());
    (is_header && has_one()).then_some(Form::Csv)
}

/// What a file seems to be of which nearly no line is a profile.
#[must_use]
pub fn seems(begin: &[u8]) -> Form {
    if let Some(form) = refused(begin) {
        return form;
    }
    let text = begin.trim_ascii_start();
    if is_binary(text) {
        return Form::Binary;
    }
    let line = first_line(text).trim_ascii();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_ .-".contains(byte);
    match line.first() {
        Some(b'{') => object(text, line),
        Some(b'<') => Form::Markup,
        _ if is_sql(line) => Form::Sql,
        Some(_)
            if line
                .split(|byte| *byte == b'=')
                .next()
                .is_some_and(|name| name.len() < line.len() && name.iter().all(is_name)) =>
        {
            Form::Settings
        }
        Some(_) if is_table(text) => Form::Csv,
        _ => Form::Unknown,
    }
}

/// Of a text that begins with an object and holds no profiles: what it is.
fn object(text: &[u8], line: &[u8]) -> Form {
    if line.starts_with(b"{'") {
        return Form::Python;
    }
    // A name, and behind it a list of objects.
    let behind_name = line.strip_prefix(b"{").and_then(|members| Some(&members[first_value(members)?..]));
    let marks = behind_name.into_iter().flatten().filter(|byte| !byte.is_ascii_whitespace());
    if marks.take(3).eq(b":[{") || (text.trim_ascii_end().len() == line.len() && wraps(line)) {
        return Form::Wrapped;
    }
    match first_value(text) {
        Some(end) if end > line.len() => Form::PrettyJson,
        _ => Form::OtherJson,
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// Where the first JSON value of a text ends, where it is whole.
fn first_value(text: &[u8]) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    values.next()?.is_ok().then(|| values.byte_offset())
}

/// Whether a line goes on with a further object behind the first.
fn has_several(line: &[u8]) -> bool {
    first_value(line).is_some_and(|end| line[end..].trim_ascii_start().starts_with(b"{"))
}

/// Whether an object has a list of objects that is none of a profile's own.
fn wraps(object: &[u8]) -> bool {
    let (mut depth, mut key, mut at) = (0_u32, &b""[..], 0);
    while let Some(byte) = object.get(at) {
        let behind = &object[at + 1..];
        match byte {
            b'"' => {
                let mut is_escaped = false;
                let end = behind.iter().position(|byte| {
                    let ends = *byte == b'"' && !is_escaped;
                    is_escaped = *byte == b'\\' && !is_escaped;
                    ends
                });
                let Some(end) = end else { return false };
                if depth == 1 && behind[end + 1..].trim_ascii_start().starts_with(b":") {
                    key = &behind[..end];
                }
                at += end + 1;
            }
            b'[' if depth == 1 && behind.trim_ascii_start().starts_with(b"{") => {
                let own = [&b"external_ids"[..], b"traits", b"trait_texts"];
                if !own.iter().any(|own| own.eq_ignore_ascii_case(key)) {
                    return true;
                }
                depth += 1;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return false;
        }
        at += 1;
    }
    false
}

/// Whether lines have cells: more than two in the first one, or as many in the second.
fn is_table(text: &[u8]) -> bool {
    let mut lines = text
        .split(|byte| *byte == b'\n')
        .map(|line| b",;\t|".map(|delimiter| memchr::memchr_iter(delimiter, line).count()));
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    first.iter().sum::<usize>() > 1 || (first == second && first.iter().any(|count| *count > 0))
}

/// UTF-16 and UTF-32, with a mark and without: JSON begins with two letters of ASCII.
fn wide(begin: &[u8]) -> Option<Form> {
    let encoding = match begin {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32",
        [b'{' | b'[', 0, 0, 0, ..] => "UTF-32LE",
        [0, 0, 0, b'{' | b'[', ..] => "UTF-32BE",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        [b'{' | b'[', 0, _, 0, ..] => "UTF-16LE",
        [0, b'{' | b'[', 0, _, ..] => "UTF-16BE",
        _ => return None,
    };
    Some(Form::Wide(encoding))
}

/// Letters that no text has.
fn is_binary(begin: &[u8]) -> bool {
    let begin = &begin[..begin.len().min(1 << 10)];
    let odd = |byte: &&u8| **byte < b' ' && !b"\t\n\r\x0c\x1b".contains(byte);
    begin.contains(&0) || begin.iter().filter(odd).count() * 20 > begin.len()
}

fn is_sql(line: &[u8]) -> bool {
    let line = line.to_ascii_uppercase();
    let begins = [&b"INSERT INTO "[..], b"CREATE TABLE ", b"COPY ", b"SELECT ", b"BEGIN;", b"SET ", b"-- "];
    begins.iter().any(|begin| line.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_told_from_what_is_not() {
        for (begin, form) in [
            (&b"{\"segment_id\":\"a\"}\n"[..], None),
            (b"  {\"segment_id\":\"a\"}", None),
            (b"[1,2]\n{\"segment_id\":\"a\"}", None),
            (b"", None),
            (b"\n", None),
            (b"[\n{\"a\":1}]", Some(Form::JsonArray)),
            (b" [ {\"a\":1}]", Some(Form::JsonArray)),
            (b"[]", Some(Form::JsonArray)),
            (b"[ ]\n\n", Some(Form::JsonArray)),
            (b"[]\n{\"segment_id\":\"a\"}\n", None),
            (b"{\n  \"segment_id\": 1", Some(Form::PrettyJson)),
            (b"{\r\n", Some(Form::PrettyJson)),
            (b"{\"a\":1}\r{\"a\":2}\r", Some(Form::CarriageReturns)),
            (b"{\"a\":1}\r\n{\"a\":2}\r\n", None),
            (b"{\0\"\0", Some(Form::Wide("UTF-16LE"))),
            (b"\xff\xfe{\0", Some(Form::Wide("UTF-16"))),
            (b"\0{\0\"", Some(Form::Wide("UTF-16BE"))),
            (b"SEGMENT_ID,email\nuse_1,a\n", Some(Form::Csv)),
            (b"email\tuser_id\n", Some(Form::Csv)),
            (b"\x1f\x8b\x08", Some(Form::GzipInGzip)),
            (b"PAR1\x15\x04", Some(Form::Parquet)),
            (b"PK\x03\x04", Some(Form::Zip)),
            (b"\xfd7zXZ\0\0", Some(Form::Xz)),
            (b"BZh91AY", Some(Form::Bzip2)),
            (b"\x5d\0\0\x80\0\xff", Some(Form::Xz)),
            (b"\x1f\x9d\x90", Some(Form::Compress)),
            (b"LZIP\x01", Some(Form::Lzip)),
            (b"\xff\xff\xff\xff\xb0\x01\0\0", Some(Form::Arrow)),
            // Windows of 32 MiB, a ninth more, and of a content of 32 MiB and a byte, which is one segment.
            (b"\x28\xb5\x2f\xfd\x04\x78\x01", Some(Form::GzipInGzip)),
            (b"\x28\xb5\x2f\xfd\x04\x79\x01", Some(Form::ZstdWindow)),
            (b"\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x02", Some(Form::GzipInGzip)),
            (b"\x28\xb5\x2f\xfd\xa0\x01\x00\x00\x02", Some(Form::ZstdWindow)),
            (b"\x28\xb5\x2f\xfd\x20\x07", Some(Form::GzipInGzip)),
            (b"\x28\xb5\x2f\xfd\x01\x58\x07", Some(Form::ZstdDictionary)),
            (b"\x28\xb5\x2f", None),
            (b"\x89LZO\0\r\n", Some(Form::Lzo)),
            (b"{\"segment_id\":1},\n{\"segment_id\":2}\n", Some(Form::Commas)),
            (b"{\"segment_id\":1}, \r\n{\"segment_id\":2}\n", Some(Form::Commas)),
            (b"{\"segment_id\":{\"a\":1},\n", None),
            (b"{\n \"data\": [\n {\n\"segment_id\":1}]}", Some(Form::Wrapped)),
            (b"{\n \"cursor\": {\"x\":[{}]},\n\"data\": [ {}]}", Some(Form::Wrapped)),
            (b"{\n \"external_ids\": [\n {\n\"id\":1}],\"traits\":{\"a\":[{}]}}", Some(Form::PrettyJson)),
            (b"\x78\x9c\x95", Some(Form::Zlib)),
            (b"\xff\xfe\0\0{\0\0\0", Some(Form::Wide("UTF-32"))),
            (b"\0\0\0{\0\0\0\"", Some(Form::Wide("UTF-32BE"))),
            (b"\x1e{\"segment_id\":1}\n", Some(Form::Sequence)),
            (b"{\"a\":1}{\"a\":2}", Some(Form::SeveralALine)),
            (b"{\"a\":{}} {\"a\":2}\n", Some(Form::SeveralALine)),
            (b"{\"segment_id\":\"}{\"}\n{\"a\":2}\n", None),
            (br#""{\"segment_id\":1}""#, Some(Form::JsonInJson)),
            (br#""{""segment_id"":1}""#, Some(Form::JsonInCsv)),
            (b"row_to_json\n\"{\"\"segment_id\"\":1}\"\n", Some(Form::JsonInCsv)),
        ] {
            assert_eq!(refused(begin), form, "{}", String::from_utf8_lossy(begin));
        }
        for (begin, form) in [
            (&b"SEGMENT_SPACE_ID=abc\nX=1"[..], Form::Settings),
            (b"{\"userId\":1}", Form::OtherJson),
            (b"<!doctype html>", Form::Markup),
            (b"name;mail;x\n", Form::Csv),
            (b"name;mail\na;b\n", Form::Csv),
            (b"hello, you\nall\n", Form::Unknown),
            (b"hello", Form::Unknown),
            (b"{\"data\": [{\"segment_id\":1}]}", Form::Wrapped),
            (b"{\"data\":[],\"x\":[{\"segment_id\":1}]}\n", Form::Wrapped),
            (b"{\"a\\\"[{\":1,\"x\":{\"y\":[{}]}}\n", Form::OtherJson),
            (b"{\"a\":1,\"x\":[{\"segment_id\":1}]}\n{\"a\":2}\n", Form::OtherJson),
            (b"{\"a\":1,\n\"b\":{\n\"c\":2}}\n", Form::PrettyJson),
            (b"{'segment_id': 'a'}\n", Form::Python),
            (b"INSERT INTO people VALUES ('a', 'b', 'c');\n", Form::Sql),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0", Form::Binary),
            (b"SQLite format 3\0\x10\0\x01\x01", Form::Binary),
        ] {
            assert_eq!(seems(begin), form, "{}", String::from_utf8_lossy(begin));
        }
    }
}
