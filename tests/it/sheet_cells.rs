//! Cells of a sheet that no person meant as they are, and cells that look like those and are meant: each by its kind.

use std::fs;

use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Value, json};

use crate::workdir::Workdir;

/// One person a row of a sheet, each with a value in every field that the sheets of these tests correct.
fn folder(people: usize) -> Workdir {
    let workdir = Workdir::new();
    let traits = json!({"name": "Zoë", "email": "zoe@example.com", "phone": "+12125550100", "birthdate": "1990-12-31",
        "metadata": {"vip": true, "points": 3, "note": "x"}});
    let line = |number| {
        let ids = json!({"user_id": format!("u{number}")});
        json!({"segment_id": format!("use_{number}"), "external_ids": ids, "traits": traits}).to_string() + "\n"
    };
    fs::write(workdir.path("people"), (0..people).map(line).collect::<String>()).unwrap();
    workdir
}

/// Transforms with a sheet; what became of each row, and the customers.
fn corrected(workdir: &Workdir, sheet: &str) -> (Vec<[String; 3]>, Vec<Value>) {
    let arguments = ["transform", "people", "-o", "-", "--plain", "--csv", "plain", "--corrections", sheet];
    let output = workdir.run(&arguments, 0);
    let customers = String::from_utf8(output.stdout).unwrap();
    let customers = customers.lines().flat_map(|line| serde_json::from_str::<Vec<Value>>(line).unwrap()).collect();
    let rows = csv::Reader::from_path(workdir.path("corrections.csv")).unwrap().into_records();
    (rows.map(|row| row.unwrap()).map(|row| [3, 4, 5].map(|cell| row[cell].to_owned())).collect(), customers)
}

/// The value that a customer has where a correction names the field.
fn at<'v>(customer: &'v Value, field: &str) -> &'v Value {
    field.split('.').fold(customer, |value, name| &value[name])
}

/// What became of a correction: `Ok` with what is sent, or `Err` with a part of the reason.
type Fate = Result<Value, &'static str>;

/// Insists that each text in its field has this fate, in a CSV with this delimiter.
fn fates(cases: &[(&str, &str, Fate)], delimiter: u8) {
    let workdir = folder(cases.len());
    let mut sheet = csv::WriterBuilder::new().delimiter(delimiter).from_path(workdir.path("sheet")).unwrap();
    sheet.write_record(["segment_id", "field", "corrected_value"]).unwrap();
    for (number, (field, text, _)) in cases.iter().enumerate() {
        sheet.write_record([&format!("use_{number}"), *field, *text]).unwrap();
    }
    sheet.flush().unwrap();
    let (rows, customers) = corrected(&workdir, "sheet");
    for (((field, text, fate), [_, outcome, message]), customer) in cases.iter().zip(&rows).zip(&customers) {
        match fate {
            Ok(value) => {
                assert_eq!((at(customer, field.trim()), &outcome[..]), (value, "applied"), "{field} {text}: {message}");
            }
            Err(words) => {
                assert!(outcome == "did_not_help" && message.contains(words), "{field} {text}: {outcome} {message}");
                let before = [
                    ("name", "Zoë"),
                    ("email", "zoe@example.com"),
                    ("birthdate", "1990-12-31"),
                    ("phone", "+12125550100"),
                    ("metadata.note", "x"),
                ];
                for (name, before) in before {
                    assert_eq!(at(customer, name), before, "{field} {text}");
                }
            }
        }
    }
    assert_eq!((rows.len(), customers.len()), (cases.len(), cases.len()));
}

#[test]
fn what_programs_put_in_the_place_of_a_value_is_refused_and_what_people_wrote_is_sent() {
    const ERROR: &str = "is what a spreadsheet shows where it cannot compute a cell";
    const ROUNDED: &str = "the spreadsheet rounded it";
    const DATE: &str = "is no date that everybody reads alike: write it as `1990-02-28`";
    const TIME: &str = "is how programs that know no times write 09:30:00";
    const CELL: &str = "is how programs write a cell that they took for a date";
    fates(
        &[
            ("name", "#BEZUG!", Err(ERROR)),
            ("email", "#ДЕЛ/0!", Err(ERROR)),
            ("phone", "#SAKNAS", Err(ERROR)),
            ("name", "########", Err(ERROR)),
            ("metadata.note", "Err:508", Err(ERROR)),
            ("name", "#1 fan", Ok(json!("#1 fan"))),
            ("source_id", "1E+12", Err(ROUNDED)),
            ("phone", "4,5e+11", Err(ROUNDED)),
            ("metadata.note", "1.23E+15", Err(ROUNDED)),
            ("metadata.points", "1e3", Ok(serde_json::from_str("1e3").unwrap())),
            ("source_id", "1e5f00", Ok(json!("1e5f00"))),
            ("birthdate", "28-Feb-90", Err(DATE)),
            ("birthdate", "28.02.1990", Err(DATE)),
            ("birthdate", "33282", Err(DATE)),
            ("birthdate", "0000-01-01", Err(DATE)),
            ("birthdate", "1990/2/8 00:00:00.000", Ok(json!("1990-02-08"))),
            ("birthdate", "28 Feb 1990", Ok(json!("1990-02-28"))),
            ("name", "1899-12-31 09:30:00", Err(TIME)),
            ("metadata.note", "1899-12-30T09:30:00", Err(TIME)),
            ("birthdate", "1899-12-31 09:30:00", Err(TIME)),
            ("name", "1990-02-28 00:00:00", Err(CELL)),
            ("source_id", "1990-2-8 0:00", Err(CELL)),
            ("metadata.note", "1990-02-28 00:00:00", Ok(json!("1990-02-28 00:00:00"))),
            ("source_id", "1990-02-28", Ok(json!("1990-02-28"))),
            ("metadata.vip", "FALSCH", Ok(json!(false))),
            ("metadata.vip", "yes", Ok(json!("yes"))),
            ("metadata.note", "TRUE", Ok(json!("TRUE"))),
            ("name", "None", Ok(json!("None"))),
            ("name", "nUlL", Err("is no value")),
            ("name", "\\N", Err("is no value")),
            ("email", " =B2", Err("is a formula")),
            ("email", "'=B2", Ok(json!("=B2"))),
            ("metadata.__proto__.a", "1", Err("is never sent")),
            (" name ", "Ada", Ok(json!("Ada"))),
        ],
        b',',
    );
}

#[test]
fn a_value_that_was_cut_at_the_end_of_a_cell_is_never_sent() {
    let cut = format!("{}… [cut: 40000 characters; `--csv plain` has all]", "y".repeat(100));
    let full = "é".repeat(32_767);
    let emoji = format!("{}é", "😀".repeat(16_383));
    let longer = "é".repeat(32_768);
    fates(
        &[
            ("metadata.note", &cut, Err("it was cut where a spreadsheet's cell ends")),
            ("name", &full, Err("it has the 32767 characters that a spreadsheet's cell takes")),
            ("name", &emoji, Err("it has the 32767 characters that a spreadsheet's cell takes")),
            ("metadata.note", &longer, Ok(json!(longer))),
            ("metadata.note", "[cut: 3 characters]", Ok(json!("[cut: 3 characters]"))),
        ],
        b';',
    );

    // The table of corrections has the beginning only: given back, it says so, and nothing of it is sent.
    let workdir = folder(1);
    fs::write(workdir.path("sheet"), format!("segment_id,field,corrected_value\nuse_0,name,{longer}\n")).unwrap();
    workdir.run(&["transform", "people", "--corrections", "sheet"], 0);
    let (rows, customers) = corrected(&workdir, "batches/corrections.csv");
    assert_eq!((&rows[0][1][..], &customers[0]["name"]), ("did_not_help", &json!("Zoë")));
}

#[test]
fn a_backslash_in_a_sheet_that_is_split_by_tabs_is_asked_about() {
    const TABS: &str = "split by tabs, a backslash may stand for a line break";
    let cases = |refused: bool| {
        [("name", "two\\nlines"), ("metadata.note", "a\\tb"), ("email", "C:\\\\x"), ("name", "a\\rb")]
            .map(|(field, text)| (field, text, if refused { Err(TABS) } else { Ok(json!(text)) }))
    };
    fates(&cases(true), b'\t');
    for delimiter in *b",;|" {
        fates(&cases(false), delimiter);
    }
    // A line break that is one, and a backslash that is nothing else.
    fates(&[("name", "two\nlines", Ok(json!("two\nlines"))), ("name", "a\\b", Ok(json!("a\\b")))], b'\t');
}

#[test]
fn a_boolean_of_a_workbook_is_one_over_a_boolean_and_no_text() {
    let cells = ["metadata.vip", "metadata.note", "metadata.points", "metadata.new", "name", "source_id", "email"];
    let workdir = folder(cells.len());
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0..).zip(["segment_id", "field", "corrected_value"]) {
        sheet.write_string(0, column, name).unwrap();
    }
    for (row, field) in (1..).zip(cells) {
        sheet.write_string(row, 0, format!("use_{}", row - 1)).unwrap().write_string(row, 1, field).unwrap();
        sheet.write_boolean_with_format(row, 2, row % 2 == 0, &Format::new()).unwrap();
    }
    book.save(workdir.path("sheet.xlsx")).unwrap();
    let (rows, customers) = corrected(&workdir, "sheet.xlsx");
    for (number, value) in [json!(false), json!("TRUE"), json!("FALSE"), json!("TRUE")].into_iter().enumerate() {
        assert_eq!((&rows[number][1][..], at(&customers[number], cells[number])), ("applied", &value), "{number}");
    }
    for [_, outcome, message] in &rows[4..] {
        assert_eq!(outcome, "did_not_help", "{message}");
        assert!(message.contains("holds the boolean") && message.contains("format the column as text"), "{message}");
    }
    assert_eq!((&customers[4]["name"], &customers[5]["source_id"]), (&json!("Zoë"), &json!("u5")));
    let warnings = fs::read_to_string(workdir.path("warnings.csv")).unwrap();
    assert!(warnings.contains(",converted,metadata.points,FALSE,"), "{warnings}");
}
