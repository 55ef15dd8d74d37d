//! What a packed file is, by its parts, and whether it can be read in little memory.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
};

use quick_xml::events::Event;
use zip::ZipArchive;

use super::elements::Elements;

/// Bytes of a part that is held whole while a workbook is open, such as its texts.
const MOST_HELD: u64 = 48 << 20;
/// Parts of a workbook: a few for each sheet, and pictures.
const MOST_PARTS: usize = 20_000;

/// A packed file.
type Parts<'f> = ZipArchive<BufReader<&'f File>>;

/// A kind of workbook that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of Excel and most others.
    Xlsx,
    /// Of `LibreOffice` and others: `OpenDocument`.
    Ods,
}

/// Tells the forms of packed files apart, and refuses what would fill the memory.
pub(super) fn kind(file: &mut File) -> Result<Kind, String> {
    let broken = |error: zip::result::ZipError| error.to_string();
    let mut parts: Parts<'_> = ZipArchive::new(BufReader::new(&*file)).map_err(broken)?;
    if parts.len() > MOST_PARTS {
        return Err(format!("it has {} parts", parts.len()));
    }
    let has = |name: &str| parts.index_for_name(name).is_some();
    match () {
        () if has("xl/workbook.bin") => return Err("it is in Excel's binary form; save it as `.xlsx`".into()),
        () if has("mimetype") => {
            open_document(&mut parts)?;
            file.rewind().map_err(|error| error.to_string())?;
            return Ok(Kind::Ods);
        }
        () if !has("[Content_Types].xml") => return Err("it is a packed file of something else".into()),
        () if has("word/document.xml") => return Err("it is a text document".into()),
        () => {}
    }
    let root = text(&mut parts, "_rels/.rels").unwrap_or_default().to_ascii_lowercase();
    for at in 0..parts.len() {
        let part = parts.by_index(at).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        measure(part, is_sheet(&name, &root)).map_err(|why| format!("its part `{name}` {why}"))?;
    }
    file.rewind().map_err(|error| error.to_string())?;
    Ok(Kind::Xlsx)
}

/// Whether a part is one of the sheets, which alone are read as streams: it lies where programs put them, and the workbook
/// itself, which `root` names, is not the same. What else a workbook is made of is held whole by who reads it, whatever its
/// first element says.
fn is_sheet(name: &str, root: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('\\', "/");
    let Some((folder, file)) = name.rsplit_once('/') else { return false };
    folder.rsplit('/').next() == Some("worksheets")
        && !["sharedstrings.xml", "styles.xml"].contains(&file)
        && !root.contains(['&', '%'])
        && !root.contains(file)
}

/// Insists that an `OpenDocument` is a table that can be read.
fn open_document(parts: &mut Parts<'_>) -> Result<(), String> {
    let kind = text(parts, "mimetype").unwrap_or_default();
    if !kind.trim().starts_with("application/vnd.oasis.opendocument.spreadsheet") {
        return Err(format!("it is no table, but `{}`", kind.trim()));
    }
    if text(parts, "META-INF/manifest.xml").is_some_and(|manifest| manifest.contains("encryption-data")) {
        return Err("it is protected by a password: save it without one".into());
    }
    Ok(())
}

/// The beginning of a small part.
fn text(parts: &mut Parts<'_>, name: &str) -> Option<String> {
    let mut text = Vec::new();
    parts.by_name(name).ok()?.take(1 << 20).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

/// Reads a part to its end without keeping it.
fn measure(mut part: impl Read, may_be_a_sheet: bool) -> Result<(), String> {
    let damaged = |error: io::Error| format!("is damaged: {error}");
    let mut head = Vec::new();
    part.by_ref().take(1 << 16).read_to_end(&mut head).map_err(damaged)?;
    if !may_be_a_sheet || root(&head) != Some(b"worksheet") {
        let rest = io::copy(&mut part.take(MOST_HELD), &mut io::sink()).map_err(damaged)?;
        if head.len() as u64 + rest > MOST_HELD {
            return Err(format!("holds more than {} MiB, too much to be read in little memory", MOST_HELD >> 20));
        }
        return Ok(());
    }
    let mut elements = Elements::new(head.chain(part));
    let mut in_a_cell = false;
    loop {
        match elements.next().map_err(|why| format!("cannot be read: {why}"))? {
            Event::Start(element) if element.local_name().as_ref() == "c" => in_a_cell = true,
            Event::End(element) if element.local_name().as_ref() == "c" => in_a_cell = false,
            Event::Eof => return Ok(()),
            _ => {}
        }
        // Of a cell its texts are held together.
        if !in_a_cell {
            elements.is_past_a_cell();
        }
    }
}

/// The name of the first element, without its prefix.
fn root(head: &[u8]) -> Option<&[u8]> {
    let begins = |at: &usize| head[*at] == b'<' && head.get(at + 1).is_some_and(u8::is_ascii_alphabetic);
    let at = (0..head.len()).find(begins)? + 1;
    let name = head[at..].split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')).next()?;
    name.rsplit(|byte| *byte == b':').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sheets_may_be_larger_than_what_is_held() {
        let root = r#"<relationships><relationship type="…/officedocument" target="xl/workbook.xml"/></relationships>"#;
        for (name, root, expected) in [
            ("xl/worksheets/sheet1.xml", root, true),
            ("XL/Worksheets/Sheet1.xml", root, true),
            ("xl/sharedStrings.xml", root, false),
            ("xl/worksheets/sharedStrings.xml", root, false),
            ("xl/worksheets/_rels/sheet1.xml.rels", root, false),
            ("xl/worksheets/sheet1.xml", r#"target="xl/worksheets/sheet1.xml""#, false),
            ("xl/worksheets/sheet1.xml", r#"target="xl/worksheets/&#115;heet1.xml""#, false),
            ("xl/workbook.xml", root, false),
            ("sheet1.xml", root, false),
        ] {
            assert_eq!(is_sheet(name, root), expected, "{name} {root}");
        }
    }
}
