//! Workbooks that the tool writes: text in every cell, the same bytes for the same input, and nothing lost that people
//! wrote into them.

use std::{collections::BTreeMap, fs, io::Read, path::Path};

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use crate::workdir::{Small, Workdir};

/// Texts that programs make something else of.
const TEXTS: [&str; 12] = [
    "007",
    "+46701740605",
    "1e5",
    "12345678901234567890",
    "1990-02-28",
    "=1+1",
    "'quoted'; \"x\"",
    "two\nlines",
    "two\r\nlines\rmore",
    " blanks\t",
    "_x0041_ \u{1}\u{b}",
    "TRUE",
];

/// A folder with people who have one such text each for an email address, and one who has no identifier.
fn people() -> Workdir {
    let workdir = Workdir::new();
    let person = |(number, text): (usize, &str)| {
        json!({"segment_id": format!("use_{number}"), "traits": {"email": text},
               "external_ids": [{"type": "user_id", "id": format!("u{number}")}]})
    };
    let mut lines: Vec<String> = TEXTS.into_iter().enumerate().map(|it| person(it).to_string()).collect();
    lines.push(json!({"segment_id": "use_x", "traits": {"name": "Ada"}}).to_string());
    fs::write(workdir.path("people"), lines.join("\n")).unwrap();
    workdir
}

/// Every sheet of a workbook, row by row; a cell that is no text is a failure.
pub(crate) fn sheets(path: &Path) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    let names = workbook.sheet_names();
    let text = |cell: &Data| match cell {
        Data::String(text) => text.clone(),
        Data::Empty => String::new(),
        other => panic!("{other:?} in {}", path.display()),
    };
    let rows = |name: &String| {
        let range = workbook.worksheet_range(name).unwrap();
        (name.clone(), range.rows().map(|row| row.iter().map(text).collect()).collect())
    };
    names.iter().map(rows).collect()
}

fn part(path: &Path, name: &str) -> String {
    let mut text = String::new();
    let mut parts = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    parts.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// A workbook as a person saves it: these rows below the columns that corrections need.
fn saved(path: &Path, rows: &[[&str; 3]]) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip([["segment_id", "field", "corrected_value"]].iter().chain(rows)) {
        for (column, text) in (0..).zip(cells) {
            sheet.write_string(row, column, *text).unwrap();
        }
    }
    workbook.save(path).unwrap();
}

fn said(workdir: &Workdir, arguments: &[&str], exit_code: i32) -> String {
    let output = workdir.run(arguments, exit_code);
    String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn manifest(workdir: &Workdir) -> Value {
    serde_json::from_slice(&fs::read(workdir.path("batches/manifest.json")).unwrap()).unwrap()
}

#[test]
fn every_cell_is_text_and_arrives_as_it_is() {
    let workdir = people();
    let told = said(&workdir, &["transform", "people", "--tables", "xlsx"], 0);
    assert!(told.contains("batches/warnings.xlsx 12 rows: other findings"), "{told}");
    let warnings = sheets(&workdir.path("batches/warnings.xlsx"));
    assert_eq!(warnings.keys().collect::<Vec<_>>(), ["warnings", "what to do"]);
    assert_eq!(warnings["what to do"].len(), 5);
    let rows = &warnings["warnings"];
    assert_eq!(
        rows[0],
        [
            "segment_id",
            "source_id",
            "email",
            "name",
            "reason",
            "field",
            "value",
            "message",
            "corrected_value",
            "file",
            "line"
        ]
    );
    // The library that reads it here leaves these escapes to its callers.
    let plain = |text: &str| text.replace("_x005F_", "_").replace("_x0001_", "\u{1}").replace("_x000B_", "\u{b}");
    let plain = |text: &str| plain(text).replace("_x000D_", "\r");
    for (number, text) in TEXTS.into_iter().enumerate() {
        let message = "does not look like an email address; it is sent as it is";
        let trimmed = text.trim();
        let row: Vec<String> = rows[number + 1].iter().map(|cell| plain(cell)).collect();
        let (segment_id, source_id, line) = (format!("use_{number}"), format!("u{number}"), (number + 1).to_string());
        assert_eq!(
            row,
            [&segment_id, &source_id, trimmed, "", "invalid_email", "email", trimmed, message, "", "people", &line]
        );
    }
    let rejects = sheets(&workdir.path("batches/rejects.xlsx"));
    assert_eq!(rejects["rejects"][1][..6], ["use_x", "", "", "Ada", "missing_identifier", "source_id"]);

    // What a person sees and types into: frozen, filtered, text all the way down.
    let sheet = part(&workdir.path("batches/rejects.xlsx"), "xl/worksheets/sheet2.xml");
    for words in ["state=\"frozen\"", "<autoFilter ref=\"A1:K2\"/>", "numberStoredAsText=\"1\""] {
        assert!(sheet.contains(words), "{words}\n{sheet}");
    }
}

#[test]
fn same_input_same_bytes_and_the_manifest_knows_them() {
    let workdir = people();
    workdir.run(&["transform", "people", "--tables", "xlsx"], 0);
    workdir.run(&["transform", "people", "--tables", "xlsx", "-o", "other", "--threads", "1"], 0);
    for name in ["rejects.xlsx", "warnings.xlsx"] {
        let [one, two] = ["batches", "other"].map(|folder| fs::read(workdir.path(folder).join(name)).unwrap());
        assert!(one == two, "{name}");
    }
    let listed = &manifest(&workdir)["workbooks"];
    assert_eq!((&listed[0]["file"], &listed[0]["rows"]), (&json!("rejects.xlsx"), &json!(1)));
    assert_eq!((&listed[1]["file"], &listed[1]["rows"]), (&json!("warnings.xlsx"), &json!(12)));
    assert_eq!(manifest(&workdir)["options"]["tables"], "xlsx");
    let told = String::from_utf8(workdir.run(&["status", "batches"], 0).stdout).unwrap();
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("fill in `corrected_value` in `batches/rejects.xlsx`"), "{told}");
    assert!(told.contains("transform people --tables xlsx --corrections batches/rejects.xlsx"), "{told}");

    // Without the flag those of before would be taken for this run's.
    workdir.run(&["transform", "people"], 0);
    assert!(!workdir.path("batches/rejects.xlsx").exists() && !workdir.path("batches/warnings.xlsx").exists());
    assert_eq!(manifest(&workdir).get("workbooks"), None);
}

#[test]
fn what_people_wrote_into_a_workbook_is_never_replaced_unread() {
    let workdir = people();
    let rejects = workdir.path("batches/rejects.xlsx");
    workdir.run(&["transform", "people", "--tables", "xlsx"], 0);
    saved(&rejects, &[["use_x", "source_id", "007"]]);
    for flags in [&["--tables", "xlsx"][..], &[]] {
        let told = said(&workdir, &[&["transform", "people"][..], flags].concat(), 2);
        let would = "`batches/rejects.xlsx` would be replaced, and has 1 correction that this run does not have";
        assert!(told.contains(would) && told.contains("--corrections batches/rejects.xlsx"), "{told}");
    }
    let arguments = ["transform", "people", "--tables", "xlsx", "--corrections", "batches/rejects.xlsx"];
    let told = said(&workdir, &arguments, 0);
    assert!(told.contains("1 = applied 1 + did not help 0 + matched nothing 0"), "{told}");
    assert_eq!(sheets(&rejects)["rejects"].len(), 1, "nobody is rejected any more");
    let corrections = fs::read_to_string(workdir.path("batches/corrections.csv")).unwrap();
    assert!(corrections.contains("2,use_x,source_id,'007,applied,,batches/rejects.xlsx"), "{corrections}");

    // One that was edited so that it cannot be read, and one that was saved there by hand, are not replaced either.
    fs::write(&rejects, b"PK\x03\x04 cut").unwrap();
    let with = ["transform", "people", "--tables", "xlsx", "--corrections", "batches/corrections.csv"];
    assert!(said(&workdir, &with, 2).contains("would be replaced, and may hold what somebody wrote into it"));
    fs::remove_file(&rejects).unwrap();
    workdir.run(&["transform", "people", "--corrections", "batches/corrections.csv"], 0);
    saved(&rejects, &[["use_1", "name", "Zoë"]]);
    assert!(said(&workdir, &with, 2).contains("has 1 correction that this run does not have"));
    workdir.run(&["transform", "people", "--corrections", "batches/corrections.csv"], 0);
    assert!(rejects.exists(), "it is no file of ours");
}

#[test]
fn beside_a_pipe_they_go_beside_the_tables() {
    let workdir = people();
    let piped = ["transform", "people", "-o", "-", "--tables", "xlsx"];
    let arguments = [&piped[..], &["--rejects", "left.csv", "--warnings", "odd.table"]].concat();
    let told = said(&workdir, &arguments, 0);
    assert!(told.contains("left.xlsx 1 row: the same as a workbook"), "{told}");
    assert_eq!(sheets(&workdir.path("left.xlsx"))["rejects"][1][0], "use_x");
    assert_eq!(sheets(&workdir.path("odd.xlsx"))["warnings"].len(), 13);
    for (flags, words) in [
        (["--rejects", "/dev/null"], "`/dev/null` is no file, which `--tables xlsx` needs"),
        (["--rejects", "left.xlsx"], "`--rejects` and `--rejects` are both `left.xlsx`"),
        (["--warnings", "rejects.txt"], "`--warnings` and `--rejects` are both `rejects.xlsx`"),
        (["--warnings", "people.csv"], ""),
    ] {
        let arguments = [&piped[..], &flags].concat();
        let told = said(&workdir, &arguments, if words.is_empty() { 0 } else { 2 });
        assert!(told.contains(words), "{told}");
    }
    saved(&workdir.path("rejects.xlsx"), &[["use_x", "source_id", "007"]]);
    assert!(said(&workdir, &piped, 2).contains("`rejects.xlsx` would be replaced, and has 1 correction"));
}

#[test]
fn a_cell_that_is_too_long_is_cut_with_a_mark_whatever_the_dialect() {
    let workdir = Workdir::new();
    let long = "é".repeat(40_000);
    let person = json!({"segment_id": "use_1", "external_ids": {"user_id": "u1"}, "traits": {"email": long}});
    fs::write(workdir.path("people"), person.to_string()).unwrap();
    let mark = "… [cut: 40000 characters; `--csv plain` has all]";
    let expected = format!("{}{mark}", "é".repeat(32_767 - mark.chars().count()));
    for dialect in ["excel", "plain"] {
        workdir.run(&["transform", "people", "--tables", "xlsx", "--csv", dialect], 0);
        assert!(sheets(&workdir.path("batches/warnings.xlsx"))["warnings"][1][6] == expected, "{dialect}");
    }
}

#[test]
fn a_full_disk_leaves_what_was_there() {
    let workdir = Workdir::new();
    let line =
        |number: u32| json!({"segment_id": format!("use_{number}"), "traits": {"name": "x".repeat(900)}}).to_string();
    fs::write(workdir.path("people"), (0..3_000).map(line).collect::<Vec<_>>().join("\n")).unwrap();
    let Some(small) = Small::mount(workdir.path("small"), "8m") else { return };
    let output = small.path().join("batches");
    let output = output.to_str().unwrap();
    workdir.run(&["transform", "people", "-o", output], 0);
    let before = fs::read(small.path().join("batches/manifest.json")).unwrap();
    let told = said(&workdir, &["transform", "people", "-o", output, "--tables", "xlsx"], 1);
    assert!(told.contains("cannot write the workbook `") && told.contains("make room, then run the same"), "{told}");
    assert!(!told.contains("panicked"), "{told}");
    assert_eq!(fs::read(small.path().join("batches/manifest.json")).unwrap(), before);
    assert!(!small.path().join("batches/.staging").exists());
}

#[test]
fn gathered_tables_have_workbooks_of_their_own() {
    let workdir = people();
    for (partition, folder) in [("0/2", "a"), ("1/2", "b")] {
        workdir.run(&["transform", "people", "--tables", "xlsx", "--partition", partition, "-o", folder], 0);
    }
    workdir.run(&["gather", "a", "b"], 0);
    assert_eq!(sheets(&workdir.path("batches/warnings.xlsx"))["warnings"].len(), 13);
    assert_eq!(manifest(&workdir)["workbooks"][1]["rows"], 12);
}
