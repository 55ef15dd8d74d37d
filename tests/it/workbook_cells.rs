//! Cells of workbooks as programs write them that nobody thinks of: without places, with ISO dates, with words in formats.

use serde_json::{Value, json};

use crate::workbooks_read::{corrected, packed, people};

const TYPES: &str = concat!(
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" "#,
    r#"ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" "#,
    r#"ContentType="application/xml"/><Override PartName="/xl/workbook.xml" "#,
    r#"ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#
);
const RELATIONS: &str = concat!(
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" "#,
    r#"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" "#,
    r#"Target="xl/workbook.xml"/></Relationships>"#
);
const WORKBOOK: &str = concat!(
    r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" "#,
    r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" "#,
    r#"sheetId="1" r:id="r1"/></sheets></workbook>"#
);
const SHEETS: &str = concat!(
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" "#,
    r#"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" "#,
    r#"Target="worksheets/sheet1.xml"/><Relationship Id="r2" "#,
    r#"Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#,
    r#"</Relationships>"#
);

/// Customers and the table of corrections for a sheet with these rows below its header, and these formats of cells: the
/// first has the style 1.
fn read(rows: &str, formats: &[&str]) -> (Vec<Value>, String) {
    let workdir = people();
    let numbers = |form: &dyn Fn(usize, &str) -> String| {
        formats.iter().enumerate().map(|(at, format)| form(164 + at, format)).collect::<String>()
    };
    let styles = format!(
        "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><numFmts>{}</numFmts><cellXfs><xf \
         numFmtId=\"0\"/>{}</cellXfs></styleSheet>",
        numbers(&|id, format| format!(
            "<numFmt numFmtId=\"{id}\" formatCode=\"{}\"/>",
            format.replace('&', "&amp;").replace('"', "&quot;")
        )),
        numbers(&|id, _| format!("<xf numFmtId=\"{id}\" applyNumberFormat=\"1\"/>"))
    );
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row>{}{}{}</row>{rows}\
         </sheetData></worksheet>",
        text("segment_id"),
        text("field"),
        text("corrected_value")
    );
    let parts = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", SHEETS),
        ("xl/styles.xml", &styles),
        ("xl/worksheets/sheet1.xml", &sheet),
    ]
    .map(|(name, part)| (name, [(part, 1)]));
    let parts: Vec<(&str, &[(&str, usize)])> = parts.iter().map(|(name, part)| (*name, &part[..])).collect();
    packed(&workdir.path("sheet.xlsx"), &parts);
    corrected(&workdir, "sheet.xlsx")
}

/// A cell without a place.
fn text(text: &str) -> String {
    format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn row(segment_id: &str, field: &str, cell: &str) -> String {
    format!("<row>{}{}{cell}</row>", text(segment_id), text(field))
}

#[test]
fn a_date_of_iso_8601_is_a_date_where_one_is_wanted_and_told_elsewhere() {
    let date = |date: &str| format!("<c t=\"d\"><v>{date}</v></c>");
    for (cell, birthdate) in [("1990-02-28", "1990-02-28"), ("1990-02-28T00:00:00", "1990-02-28")] {
        let (customers, table) = read(&row("use_1", "birthdate", &date(cell)), &[]);
        assert_eq!(customers[0]["birthdate"], birthdate, "{table}");
    }
    let (customers, table) = read(&row("use_1", "name", &date("1990-02-28")), &[]);
    assert_eq!(customers[0].get("name"), None);
    assert!(table.contains("use_1,name,,did_not_help,\"the cell holds the date 1990-02-28"), "{table}");
    let (customers, table) = read(&row("use_1", "birthdate", &date("1990-13-28")), &[]);
    assert_eq!(customers[0].get("birthdate"), None);
    assert!(table.contains("use_1,birthdate,"), "{table}");
    assert!(table.contains(",did_not_help,"), "{table}");
}

#[test]
fn rows_and_cells_without_places_follow_each_other() {
    let rows = [
        row("use_1", "name", &text("Ada")),
        // One that skips a row and one that skips a cell say where they are.
        format!(
            "<row r=\"9\">{}{}<c r=\"C9\" t=\"inlineStr\"><is><t>Grace</t></is></c></row>",
            text("use_2"),
            text("name")
        ),
        row("use_2", "metadata.points", "<c><v>12.5</v></c>"),
        "<row/>".to_owned(),
        row("use_1", "metadata.note", "<c t=\"str\"><v>as it is</v></c>"),
        row("use_1", "metadata.vip", "<c t=\"b\"><v>0</v></c>"),
    ];
    let (customers, table) = read(&rows.concat(), &[]);
    assert_eq!(customers[0]["name"], "Ada", "{table}");
    assert_eq!(customers[0]["metadata"], json!({"vip": false, "points": 3, "note": "as it is"}), "{table}");
    assert_eq!(
        (&customers[1]["name"], &customers[1]["metadata"]["points"]),
        (&json!("Grace"), &json!(12.5)),
        "{table}"
    );
}

#[test]
fn words_in_the_format_of_a_number_make_it_no_date() {
    // Letters that stand for days, months, years, hours and seconds elsewhere.
    let numbers = [
        "0 \"pts\"",
        "0 \"days\"",
        "#,##0 \"my\"",
        "[Red]0",
        "[$-409]0",
        "0\\d",
        "0_d",
        "0*y",
        "General\" yd\"",
        "0.00E+00",
    ];
    for (at, format) in numbers.iter().enumerate() {
        let cell = format!("<c s=\"{}\"><v>4711</v></c>", at + 1);
        let (customers, table) = read(&row("use_1", "metadata.points", &cell), &numbers);
        assert_eq!(customers[0]["metadata"]["points"], 4711, "{format}: {table}");
    }
    let dates = ["yyyy\\-mm\\-dd", "d/m/yy", "[$-407]d. mmmm yyyy", "dd \"de\" mmmm", "mmm-yy", "yyyy-mm-dd hh:mm"];
    for (at, format) in dates.iter().enumerate() {
        let cell = format!("<c s=\"{}\"><v>32932</v></c>", at + 1);
        let (customers, table) = read(&row("use_1", "birthdate", &cell), &dates);
        assert_eq!(customers[0]["birthdate"], "1990-02-28", "{format}: {table}");
    }
}
