//! What a file that should be a table really is, told by its first bytes and never by its name.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

/// Bytes that are taken of a table that is no regular file: it is kept on disk, without a name, while it is read.
const LONGEST_PIPE: u64 = 256 << 20;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Delimited text, as far as its beginning tells.
    Text,
    /// A workbook of a spreadsheet program.
    Workbook,
    /// Something else, and what to do with it.
    Other(&'static str, &'static str),
}

/// Opens a file so that it can be read more than once.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    let mut copy = tempfile::tempfile()?;
    if io::copy(&mut file.take(LONGEST_PIPE + 1), &mut copy)? > LONGEST_PIPE {
        let most = LONGEST_PIPE >> 20;
        return Err(io::Error::other(format!("more than {most} MiB come from it; save it as a file first")));
    }
    copy.seek(SeekFrom::Start(0))?;
    Ok(copy)
}

/// Looks at the first bytes, and winds the file back.
pub(super) fn kind(file: &mut File) -> io::Result<Kind> {
    let mut head = Vec::new();
    file.take(512).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(match head.as_slice() {
        [b'P', b'K', 3, 4, ..] => Kind::Workbook,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Kind::Other(
            "a workbook of an old form (`.xls`), or one that is protected by a password",
            "save it as `.xlsx` without a password, or the sheet as `CSV UTF-8`",
        ),
        [0x1f, 0x8b, ..] => Kind::Other("a gzip file", "unpack it first, as in `gunzip < FILE > sheet.csv`"),
        [b'P', b'A', b'R', b'1', ..] => Kind::Other("a Parquet file", "save the table as CSV"),
        [b'%', b'P', b'D', b'F', ..] => Kind::Other("a PDF", "save the sheet as `CSV UTF-8`"),
        _ if matches!(first, Some(b'{' | b'[')) => Kind::Other("JSON", "give the `rejects.csv` of a transform"),
        _ if first == Some(&b'<') => Kind::Other("XML or a web page", "save the sheet as `CSV UTF-8`"),
        _ => Kind::Text,
    })
}
