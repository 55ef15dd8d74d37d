//! Workbooks. An input is the texts of the parts that matter, so that the sums of the archive around them are right; one
//! that begins otherwise is taken as it is.

#![no_main]

use std::{
    io::{Cursor, Write},
    ops::ControlFlow,
};

use libfuzzer_sys::fuzz_target;
use segment_to_voucherify::{
    tables::{Columns, read},
    transform::corrections::Corrections,
};
use segment_to_voucherify_fuzz::file;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// The parts that an input is made of, in order; between two of them is a zero.
const PARTS: [&str; 4] = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "content.xml"];
const FIXED: [(&str, &str); 4] = [
    (
        "[Content_Types].xml",
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#,
    ),
    (
        "_rels/.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
    ),
    (
        "xl/workbook.xml",
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="rejects" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
    ),
    (
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
    ),
];

fn workbook(bytes: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut part = |name: &str, bytes: &[u8]| {
        zip.start_file(name, stored).expect("a part");
        zip.write_all(bytes).expect("its bytes");
    };
    let texts: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
    if texts.len() > 3 && !texts[3].is_empty() {
        part("mimetype", b"application/vnd.oasis.opendocument.spreadsheet");
        part(PARTS[3], texts[3]);
    } else {
        FIXED.iter().for_each(|(name, text)| part(name, text.as_bytes()));
        PARTS.iter().take(3).zip(texts).for_each(|(name, text)| part(name, text));
    }
    zip.finish().expect("a workbook").into_inner()
}

fuzz_target!(|bytes: &[u8]| {
    let bytes = if bytes.first() == Some(&b'<') || bytes.first() == Some(&0) { workbook(bytes) } else { bytes.to_vec() };
    let path = file("sheet.xlsx", &bytes);
    let _ = Corrections::read(std::slice::from_ref(&path));
    let columns = Columns { needed: &["segment_id"], further: &["line", "value"] };
    let _ = read(&path, columns, &mut |row| {
        let _ = (row.text(0), row.text(1), row.text(2));
        Ok(ControlFlow::Continue(()))
    });
});
