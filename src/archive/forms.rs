//! What a file is, told by its first bytes and never by its name: what can be read, and what is refused by name with the
//! command that converts it.

use crate::{
    failure::Failure,
    gzip,
    invocation::{Invocation, Transform, quoted},
};

/// Bytes that tell a compression.
pub(super) const HEAD: usize = 16;

/// What a file is in, of what can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// As it is.
    Plain,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// A form that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Compressed twice.
    GzipInGzip,
    /// `.xz`
    Xz,
    /// `.bz2`
    Bzip2,
    /// `.lz4`
    Lz4,
    /// `.sz`, framed.
    Snappy,
    /// `.7z`
    SevenZip,
    /// `.zip`, and with it workbooks.
    Zip,
    /// `.tar`
    Tar,
    /// Apache Parquet.
    Parquet,
    /// Apache Avro.
    Avro,
    /// Apache ORC.
    Orc,
    /// Apache Arrow.
    Arrow,
    /// Two bytes a letter.
    Utf16,
    /// One array of all profiles.
    JsonArray,
    /// Objects over several lines.
    PrettyJson,
    /// Lines that end in CR alone.
    CarriageReturns,
    /// A table of text.
    Csv,
    /// HTML or XML.
    Markup,
    /// Lines `NAME=value`.
    Settings,
    /// JSON lines of another shape.
    OtherJson,
    /// Anything else.
    Unknown,
}

/// Tells how a file is packed.
///
/// # Errors
/// A form that is not read.
pub(super) fn packing(head: &[u8]) -> Result<Packing, Form> {
    const REFUSED: [(&[u8], Form); 11] = [
        (b"\xfd7zXZ\0", Form::Xz),
        (b"BZh", Form::Bzip2),
        (b"\x04\x22\x4d\x18", Form::Lz4),
        (b"\xff\x06\0\0sNaPpY", Form::Snappy),
        (b"7z\xbc\xaf\x27\x1c", Form::SevenZip),
        (b"PK\x03\x04", Form::Zip),
        (b"PK\x05\x06", Form::Zip),
        (b"PAR1", Form::Parquet),
        (b"Obj\x01", Form::Avro),
        (b"ARROW1", Form::Arrow),
        (b"ORC", Form::Orc),
    ];
    if gzip::is_gzip(head) {
        return Ok(Packing::Gzip);
    }
    // A frame, or one that is skipped and stands before others.
    if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
        || head.len() > 3 && head[0] & 0xf0 == 0x50 && head[1..4] == [0x2a, 0x4d, 0x18]
    {
        return Ok(Packing::Zstd);
    }
    match REFUSED.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, form)) => Err(*form),
        None => Ok(Packing::Plain),
    }
}

/// What the begin of a file's content is, where it is no lines of JSON.
#[must_use]
pub fn refused(begin: &[u8]) -> Option<Form> {
    match packing(begin) {
        Ok(Packing::Gzip | Packing::Zstd) => return Some(Form::GzipInGzip),
        Err(form) => return Some(form),
        Ok(Packing::Plain) => {}
    }
    if begin.starts_with(&[0xff, 0xfe]) || begin.starts_with(&[0xfe, 0xff]) || is_two_bytes_a_letter(begin) {
        return Some(Form::Utf16);
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
        return Some(Form::PrettyJson);
    }
    let between = |pair: [&[u8]; 2]| memchr::memmem::find(line, &pair.concat()).is_some();
    if line.starts_with(b"{") && between([b"}\r", b"{"]) {
        return Some(Form::CarriageReturns);
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
    let line = first_line(text).trim_ascii();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_ .-".contains(byte);
    match line.first() {
        Some(b'{') => Form::OtherJson,
        Some(b'<') => Form::Markup,
        Some(_)
            if line
                .split(|byte| *byte == b'=')
                .next()
                .is_some_and(|name| name.len() < line.len() && name.iter().all(is_name)) =>
        {
            Form::Settings
        }
        Some(_) if line.iter().filter(|byte| b",;\t|".contains(byte)).count() > 1 => Form::Csv,
        _ => Form::Unknown,
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// UTF-16 without a mark at its begin: JSON begins with two letters of ASCII.
fn is_two_bytes_a_letter(begin: &[u8]) -> bool {
    matches!(begin, [b'{' | b'[', 0, _, 0, ..] | [0, b'{' | b'[', 0, _, ..])
}

impl Form {
    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GzipInGzip => "compressed twice",
            Self::Xz => "compressed by xz",
            Self::Bzip2 => "compressed by bzip2",
            Self::Lz4 => "compressed by lz4",
            Self::Snappy => "compressed by snappy",
            Self::SevenZip => "a 7z archive",
            Self::Zip => "a zip archive or a workbook",
            Self::Tar => "a tar archive",
            Self::Parquet => "Parquet",
            Self::Avro => "Avro",
            Self::Orc => "ORC",
            Self::Arrow => "Arrow",
            Self::Utf16 => "text in UTF-16",
            Self::JsonArray => "one JSON array",
            Self::PrettyJson => "JSON over several lines",
            Self::CarriageReturns => "lines that end in carriage returns",
            Self::Csv => "a table of text (CSV)",
            Self::Markup => "HTML or XML",
            Self::Settings => "lines of the form `NAME=value`",
            Self::OtherJson => "JSON lines of another shape",
            Self::Unknown => "no JSON",
        }
    }

    /// What makes lines of JSON of the file of that name.
    fn remedy(self, file: &str) -> String {
        let transform = Invocation::from(Transform::of(["-"]));
        let from = if file == "-" { String::new() } else { format!(" {}", quoted(file)) };
        let into = |command: &str| format!("`{command}{from} | {transform}`");
        let query = |scan: &str| {
            let name = if file == "-" { "FILE" } else { file };
            let sql = format!(
                "COPY (SELECT * FROM {scan}('{}')) TO 'profiles.ndjson' (FORMAT json)",
                name.replace('\'', "''")
            );
            format!("`duckdb -c {}` writes lines of JSON", quoted(&sql))
        };
        match self {
            Self::GzipInGzip => into("gzip -dc"),
            Self::Xz => into("xz -dc"),
            Self::Bzip2 => into("bzip2 -dc"),
            Self::Lz4 => into("lz4 -dc"),
            Self::Snappy => into("snzip -dc"),
            Self::SevenZip => into("7z x -so"),
            Self::Zip => into("unzip -p"),
            Self::Tar => into("tar -xOf"),
            Self::Parquet => query("read_parquet"),
            Self::Avro => query("read_avro"),
            Self::Csv => query("read_csv"),
            Self::Utf16 => into("iconv -f UTF-16 -t UTF-8"),
            Self::JsonArray => into("jq -c '.[]'"),
            Self::PrettyJson => into("jq -c ."),
            Self::CarriageReturns => format!("`tr '\\r' '\\n' <{from} | {transform}`"),
            Self::Orc | Self::Arrow => "unload lines of JSON instead: an object a line".into(),
            Self::Markup | Self::Settings | Self::OtherJson | Self::Unknown => {
                "a line is `{\"segment_id\":…,\"external_ids\":[…],\"traits\":{…}}`; `warehouse` prints SQL that unloads such lines".into()
            }
        }
    }

    /// The error for a file in this form.
    #[must_use]
    pub fn refusal(self, file: &str) -> Failure {
        Failure::stopped(format!("`{file}` is {}, and profiles are read from lines of JSON", self.name()))
            .hint(self.remedy(file))
    }

    /// The error for an input of which nearly nothing is a profile.
    #[must_use]
    pub fn no_profiles(self, file: &str, malformed: u64, read: u64) -> Failure {
        Failure::stopped(format!("{malformed} of {read} lines are no profiles: `{file}` seems to be {}", self.name()))
            .kept("what was there before: nothing was published")
            .hint(self.remedy(file))
    }
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
            (b"{\0\"\0", Some(Form::Utf16)),
            (b"\xff\xfe{\0", Some(Form::Utf16)),
            (b"\0{\0\"", Some(Form::Utf16)),
            (b"SEGMENT_ID,email\nuse_1,a\n", Some(Form::Csv)),
            (b"email\tuser_id\n", Some(Form::Csv)),
            (b"\x1f\x8b\x08", Some(Form::GzipInGzip)),
            (b"PAR1\x15\x04", Some(Form::Parquet)),
            (b"PK\x03\x04", Some(Form::Zip)),
            (b"\xfd7zXZ\0\0", Some(Form::Xz)),
            (b"BZh91AY", Some(Form::Bzip2)),
        ] {
            assert_eq!(refused(begin), form, "{}", String::from_utf8_lossy(begin));
        }
        for (begin, form) in [
            (&b"SEGMENT_SPACE_ID=abc\nX=1"[..], Form::Settings),
            (b"{\"userId\":1}", Form::OtherJson),
            (b"<!doctype html>", Form::Markup),
            (b"name;mail;x\n", Form::Csv),
            (b"hello", Form::Unknown),
        ] {
            assert_eq!(seems(begin), form, "{}", String::from_utf8_lossy(begin));
        }
    }

    #[test]
    fn the_remedy_is_a_command_that_names_the_file() {
        let said = |form: Form, file| form.remedy(file);
        assert_eq!(said(Form::JsonArray, "my people"), "`jq -c '.[]' 'my people' | segment-to-voucherify transform -`");
        assert_eq!(said(Form::CarriageReturns, "a"), "`tr '\\r' '\\n' < a | segment-to-voucherify transform -`");
        assert_eq!(
            said(Form::Parquet, "it's"),
            r#"`duckdb -c "COPY (SELECT * FROM read_parquet('it''s')) TO 'profiles.ndjson' (FORMAT json)"` writes lines of JSON"#
        );
    }
}
