//! Workbooks that people hand back: what their cells hold, in every form, and workbooks that nobody made for a person.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
};

use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::workdir::Workdir;

/// A folder with two people, who have the ids `use_1` and `use_2`.
pub(crate) fn people() -> Workdir {
    let workdir = Workdir::new();
    let person = |number: usize| {
        json!({"segment_id": format!("use_{number}"), "external_ids": [{"type": "user_id", "id": format!("u{number}")}],
               "traits": {"metadata": {"vip": true, "points": 3}}})
    };
    fs::write(workdir.path("people"), format!("{}\n{}", person(1), person(2))).unwrap();
    workdir
}

/// Transforms with a sheet; gives the customers, and the table of corrections.
pub(crate) fn corrected(workdir: &Workdir, sheet: &str) -> (Vec<Value>, String) {
    let arguments = ["transform", "people", "-o", "-", "--plain", "--csv", "plain", "--corrections", sheet];
    let customers = workdir.run(&arguments, 0).stdout;
    let table = fs::read_to_string(workdir.path("corrections.csv")).unwrap();
    (serde_json::from_slice(&customers).unwrap(), table)
}

#[test]
fn a_workbook_is_read_as_what_its_cells_hold() {
    let workdir = people();
    let system = json!({"source": "segmentio"});
    for (workbook, rounded, duration) in [
        (
            "cells.xlsx",
            "12345678901234570000",
            "\"the cell holds 1.25, shown as a date or duration: format the column as text",
        ),
        (
            "cells-libreoffice.ods",
            "12345678901234600000",
            "the cell holds the duration PT30H00M00S: format the column as text",
        ),
        (
            "cells-gnumeric.ods",
            "12345678901234570000",
            "the cell holds the duration PT030H00M00S: format the column as text",
        ),
    ] {
        // What it is is told by its content.
        let sheet = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/workbooks").join(workbook);
        fs::copy(sheet, workdir.path("cells.csv")).unwrap();
        let (customers, table) = corrected(&workdir, "cells.csv");
        assert_eq!(
            customers,
            [
                json!({"source_id": "7", "name": "1e5", "birthdate": "1990-02-28",
                       "metadata": {"vip": false, "points": 12.5}, "system_metadata": system}),
                json!({"source_id": "u2", "metadata": {"vip": true, "points": "007", "note": "two\nlines; \"quoted\""},
                       "system_metadata": system}),
            ],
            "{workbook}"
        );
        for row in [
            "3,use_1,phone,,did_not_help,the cell holds the number 491701234: a plus and zeros in front may be lost; format",
            &format!(
                "8,use_2,source_id,,did_not_help,{rounded}: the spreadsheet rounded it; format the column as text"
            ),
            "9,use_2,name,,did_not_help,\"the cell holds the date 1990-02-28T10:11:12, and this field is none: format the",
            "10,use_2,email,,did_not_help,`#N/A` is what a spreadsheet shows where it cannot compute a cell",
            "11,use_2,phone,,did_not_help,`=1+1` is a formula: write the value itself",
            &format!("12,use_2,birthdate,,did_not_help,{duration}"),
            "15,use_2,metadata.vip,WAHR,applied,,cells.csv",
        ] {
            assert!(table.contains(row), "{workbook}: {row}\n{table}");
        }
        let output = workdir.run(&["transform", "people", "--corrections", "cells.csv", "-o", "b"], 0);
        let said = String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("14 = applied 8 + did not help 6 + matched nothing 0"), "{workbook}: {said}");
    }
}

/// The root of an `.ods`, with the names that its elements begin with.
const DOCUMENT: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" "#,
    r#"xmlns:draw="d" xmlns:calcext="c"><office:body><office:spreadsheet>"#
);
const END: &str = "</office:spreadsheet></office:body></office:document-content>";
const HEADER: &str = concat!(
    "<table:table-row><table:table-cell><text:p>Segment ID</text:p></table:table-cell><table:table-cell/>",
    "<table:table-cell><text:p>field</text:p></table:table-cell><table:table-cell><text:p>corrected_value </text:p>",
    "</table:table-cell></table:table-row>"
);

fn cell(text: &str) -> String {
    format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
}

fn row(segment_id: &str, field: &str, value: &str) -> String {
    format!("<table:table-row>{}<table:table-cell/>{}{value}</table:table-row>", cell(segment_id), cell(field))
}

/// Packs parts; the content of each comes piece by piece, so many times.
pub(crate) fn packed(path: &Path, parts: &[(&str, &[(&str, usize)])]) {
    let mut file = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, pieces) in parts {
        file.start_file(*name, options.large_file(true)).unwrap();
        for (piece, times) in *pieces {
            let many = 1.max(65_536 / piece.len().max(1)).min(*times);
            let block = piece.repeat(many);
            (0..times / many).for_each(|_| file.write_all(block.as_bytes()).unwrap());
            file.write_all(piece.repeat(times % many).as_bytes()).unwrap();
        }
    }
    file.finish().unwrap();
}

fn ods(path: &Path, pieces: &[(&str, usize)]) {
    let kind = [("application/vnd.oasis.opendocument.spreadsheet", 1)];
    packed(path, &[("mimetype", &kind), ("content.xml", &[&[(DOCUMENT, 1)], pieces, &[(END, 1)]].concat())]);
}

#[test]
fn an_ods_is_read_as_the_programs_mean_it() {
    let workdir = people();
    let sheet =
        |name: &str, rows: &[String]| format!("<table:table table:name=\"{name}\">{}</table:table>", rows.concat());
    let title = "<table:table-row><table:table-cell table:number-columns-repeated=\"4\"/></table:table-row>\
                 <table:table-row>TITLE</table:table-row>";
    let note = "<table:table-cell><office:annotation><text:p>note</text:p></office:annotation><draw:frame><text:p>drawn\
                </text:p></draw:frame><text:p>a<text:s text:c=\"2\"/>b<text:tab/>&amp;<text:span>c<text:line-break/></text:span>\
                <text:ruby><text:ruby-base>d</text:ruby-base><text:ruby-text>read</text:ruby-text></text:ruby>&#8211;</text:p>\
                <text:p><![CDATA[<e>]]></text:p></table:table-cell>";
    let number = "<table:table-cell office:value-type=\"percentage\" office:value=\"0.5\"><text:p>50 %</text:p></table:table-cell>";
    let sheets = [
        "<table:tracked-changes><table:table-row><table:table-cell/></table:table-row></table:tracked-changes>"
            .to_owned(),
        sheet("notes", &[row("nothing", "of", &cell("ours"))]),
        sheet("one", &[title.replace("TITLE", &cell("The rejects of May")), HEADER.into(), row("use_1", "name", note)]),
        sheet(
            "copy",
            &["<table:table-source/>".to_owned(), HEADER.into(), row("use_1", "email", &cell("stale@example.com"))],
        ),
        sheet(
            "two",
            &[
                "<table:table-header-rows>".to_owned(),
                HEADER.into(),
                "</table:table-header-rows><table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell \
                 table:number-columns-repeated=\"16384\"/></table:table-row>"
                    .to_owned(),
                row("use_2", "metadata.points", number),
            ],
        ),
    ];
    ods(&workdir.path("sheet.ods"), &[(&sheets.concat(), 1)]);
    let (customers, table) = corrected(&workdir, "sheet.ods");
    assert_eq!(customers[0]["name"], "a  b\t&c\nd–\n<e>");
    assert_eq!((&customers[0]["email"], &customers[1]["metadata"]["points"]), (&Value::Null, &json!(0.5)));
    assert!(table.contains("\n1048002,use_2,metadata.points,0.5,applied,,sheet.ods (two)\n"), "{table}");
}

/// Insists that a sheet is refused in little memory, in the words given.
fn refused(workdir: &Workdir, sheet: &str, words: &str) {
    // What the process may reserve at most, far above what it takes.
    let binary = assert_cmd::cargo::cargo_bin!("segment-to-voucherify");
    let limited = format!("ulimit -v 1200000; exec {} transform people --corrections {sheet}", binary.display());
    let mut command = Command::new("bash");
    let output = workdir.check(command.args(["-c", &limited]).current_dir(workdir.path("")), 2);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(words) && said.contains("hint: "), "{sheet}: {said}");
}

#[test]
fn a_hostile_ods_is_refused_in_little_memory() {
    let workdir = people();
    let begin = format!("<table:table table:name=\"s\">{HEADER}");
    let begin = begin.as_str();
    let end = ("</table:table>", 1);
    let filled = row("use_1", "name", &cell("x"));
    let repeated = |times: &str| {
        filled.replacen("<table:table-row", &format!("<table:table-row table:number-rows-repeated=\"{times}\""), 1)
    };
    let (million, billions) = (repeated("1000000"), repeated("4000000000"));
    let wide =
        filled.replace("<table:table-cell office", "<table:table-cell table:number-columns-repeated=\"9\" office");
    for (name, pieces, words) in [
        (
            "long",
            vec![(begin, 1), ("<table:table-row><table:table-cell><text:p>", 1), ("xxxxxxxx", 1 << 25)],
            "a cell that is larger than any program makes",
        ),
        (
            "many",
            vec![
                (begin, 1),
                ("<table:table-row>", 1),
                ("<table:table-cell><text:p>xxxxxxxxxxxxxxxxxxxxxx</text:p></table:table-cell>", 1 << 21),
            ],
            "row 2 is longer than 8 MiB",
        ),
        (
            "blanks",
            vec![
                (begin, 1),
                ("<table:table-row>", 1),
                ("<table:table-cell><text:p><text:s text:c=\"4000000000\"/></text:p></table:table-cell>", 1_000),
            ],
            "row 2 is longer than 8 MiB",
        ),
        ("deep", vec![(begin, 1), ("<table:table-row-group>", 1 << 22)], "lie in each other too deep"),
        (
            "attribute",
            vec![(begin, 1), ("<table:table-row><table:table-cell office:string-value=\"", 1), ("xxxxxxxx", 1 << 25)],
            "a cell that is larger than any program makes",
        ),
        ("rows", vec![(begin, 1), (&million, 1), end], "holds more than 200,000 corrections"),
        ("more rows", vec![(begin, 1), (&billions, 1), end], "more rows than any program makes"),
        ("cut", vec![(begin, 1), (&filled, 1)], "cannot be read behind row 2"),
        ("entity", vec![(begin, 1), ("<table:table-row><table:table-cell><text:p>&lol;", 1)], "it refers to `&lol;`"),
    ] {
        ods(&workdir.path("sheet.ods"), &pieces);
        refused(&workdir, "sheet.ods", words);
        let size = fs::metadata(workdir.path("sheet.ods")).unwrap().len();
        assert!(size < 2 << 20, "{name}: {size}");
    }
    ods(&workdir.path("sheet.ods"), &[(begin, 1), (&wide, 1), end]);
    // A value that stands for several columns is one value, and there is none in that of the field.
    let (customers, _) = corrected(&workdir, "sheet.ods");
    assert_eq!(customers.len(), 2);
    // Text far to the right, further than any program goes, is no header.
    for far in ["16382", "16384", "1000000000", "9223372036854775808", "18446744073709551615"] {
        let gap = format!("<table:table-cell table:number-columns-repeated=\"{far}\"/>");
        let title = format!("<table:table-row>{}{gap}{}</table:table-row>", cell("title"), cell("x"));
        let pieces = [("<table:table table:name=\"s\">", 1), (&*title, 1), (HEADER, 1), (&*filled, 1), end];
        ods(&workdir.path("sheet.ods"), &pieces);
        fs::remove_file(workdir.path("corrections.csv")).unwrap();
        assert_eq!(corrected(&workdir, "sheet.ods").0[0]["name"], "x", "{far}");
    }
    for times in ["2", "1000000000000"] {
        let repeated = format!("<table:table-cell table:number-columns-repeated=\"{times}\"><text:p>corrected_value");
        let twice = begin.replace("<table:table-cell><text:p>corrected_value", &repeated);
        ods(&workdir.path("sheet.ods"), &[(&*twice, 1), (&*filled, 1), end]);
        refused(&workdir, "sheet.ods", "`sheet.ods` has several columns `corrected_value`");
    }
}

#[test]
fn a_hostile_xlsx_is_refused_in_little_memory() {
    let workdir = people();
    let names = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships""#;
    let relationship = |kind: &str, target: &str| {
        let kind = format!("http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}");
        format!("<Relationships><Relationship Id=\"r1\" Type=\"{kind}\" Target=\"{target}\"/></Relationships>")
    };
    let sheet = |text: &str| format!("<worksheet {names}><sheetData>{text}");
    let whole = sheet("</sheetData></worksheet>");
    let (root, book_rels) =
        (relationship("officeDocument", "xl/workbook.xml"), relationship("worksheet", "worksheets/sheet1.xml"));
    let book = format!("<workbook {names}><sheets><sheet name=\"s\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>");
    let nested = sheet("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\">");
    let cells = sheet("<row r=\"1\">");
    let write = |name: &str, hostile: &[(&str, usize)], root: &str| {
        let parts: [(&str, &[(&str, usize)]); 5] = [
            ("[Content_Types].xml", &[("<Types/>", 1)]),
            ("_rels/.rels", &[(root, 1)]),
            ("xl/workbook.xml", &[(&book, 1)]),
            ("xl/_rels/workbook.xml.rels", &[(&book_rels, 1)]),
            ("xl/worksheets/sheet1.xml", &[(&whole, 1)]),
        ];
        let mut parts: Vec<(&str, &[(&str, usize)])> = parts.into_iter().filter(|(part, _)| *part != name).collect();
        parts.push((name, hostile));
        packed(&workdir.path("sheet.xlsx"), &parts);
    };
    let held = "holds more than 48 MiB, too much to be read in little memory";
    let begin = format!("<worksheet {names}><sst>");
    for (part, hostile, words) in [
        // What calls itself a sheet and is read as something else.
        ("xl/sharedStrings.xml", vec![(begin.as_str(), 1), ("<si><t>xxxxxxxxxxxx</t></si>", 1 << 22)], held),
        ("xl/styles.xml", vec![(begin.as_str(), 1), ("<xf numFmtId=\"1\"/>", 1 << 22)], held),
        ("xl/worksheets/sheet1.xml", vec![(nested.as_str(), 1), ("<c>", 1 << 24)], "lie in each other too deep"),
        (
            "xl/worksheets/sheet1.xml",
            vec![(nested.as_str(), 1), ("<is><t>xxxxxxxx</t></is>", 1 << 22)],
            "a cell that is larger",
        ),
        (
            "xl/worksheets/sheet1.xml",
            vec![(cells.as_str(), 1), ("<c t=\"inlineStr\"><is><t>xxxxxxxxxxxxxxxxxxxxxxxxxxxx</t></is></c>", 1 << 20)],
            "cannot be read behind row 0",
        ),
        (
            "xl/worksheets/sheet1.xml",
            vec![
                (cells.as_str(), 1),
                ("<c r=\"FFFFFF1\" t=\"inlineStr\"><is><t>x</t></is></c></row></sheetData></worksheet>", 1),
            ],
            "has no column `segment_id`",
        ),
    ] {
        write(part, &hostile, &root);
        refused(&workdir, "sheet.xlsx", words);
    }
    // The workbook itself under the name of a sheet.
    let itself = relationship("officeDocument", "xl/worksheets/sheet1.xml");
    write("xl/worksheets/sheet1.xml", &[(whole.as_str(), 1), ("<sheet name=\"s\" r:id=\"r1\"/>", 1 << 22)], &itself);
    refused(&workdir, "sheet.xlsx", held);
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let workdir = people();
    let text = [("application/vnd.oasis.opendocument.text", 1)];
    let table = [("application/vnd.oasis.opendocument.spreadsheet", 1)];
    packed(&workdir.path("text.odt"), &[("mimetype", &text), ("content.xml", &[("<a/>", 1)])]);
    refused(&workdir, "text.odt", "it is no table, but `application/vnd.oasis.opendocument.text`");
    let locked = [("<manifest:encryption-data/>", 1)];
    packed(
        &workdir.path("locked.ods"),
        &[("mimetype", &table), ("META-INF/manifest.xml", &locked), ("content.xml", &[("\u{1}", 9)])],
    );
    refused(&workdir, "locked.ods", "it is protected by a password: save it without one");
    packed(&workdir.path("empty.ods"), &[("mimetype", &table)]);
    refused(&workdir, "empty.ods", "`empty.ods` cannot be read as a workbook");
    ods(&workdir.path("other.ods"), &[("<table:table table:name=\"Mai\"><table:table-row/></table:table>", 1)]);
    refused(&workdir, "other.ods", "sheet `Mai` of `other.ods` has no column `segment_id`");
    fs::write(workdir.path("old.xls"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on").unwrap();
    refused(&workdir, "old.xls", "it is a workbook of an old form (`.xls`), or one that is protected by a password");
}

#[test]
fn of_a_workbook_with_several_sheets_every_other_one_is_named() {
    let workdir = people();
    let workbook = |values: [&str; 2]| {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        for (tab, value) in ["first", "of Eve"].into_iter().zip(values) {
            let sheet = workbook.add_worksheet().set_name(tab).unwrap();
            for (row, cells) in
                [["segment_id", "field", "corrected_value"], ["use_1", "name", value]].iter().enumerate()
            {
                sheet.write_row(u32::try_from(row).unwrap(), 0, *cells).unwrap();
            }
        }
        workbook.save(workdir.path("two.xlsx")).unwrap();
    };
    workbook(["Ada", "Ada"]);
    let table = corrected(&workdir, "two.xlsx").1;
    assert_eq!(
        table,
        "row,segment_id,field,corrected_value,outcome,message,sheet\n\
         2,use_1,name,Ada,applied,,two.xlsx\n2,use_1,name,Ada,applied,,two.xlsx (of Eve)\n"
    );
    workbook(["Ada", "Eve"]);
    let refused = workdir.run(&["transform", "people", "--corrections", "two.xlsx"], 2).stderr;
    assert_eq!(
        String::from_utf8(refused).unwrap(),
        "error: row 2 of `two.xlsx` and row 2 of `two.xlsx (of Eve)` correct `name` of one profile differently\n\
         hint: empty `corrected_value` in one of the two rows\n"
    );
}
