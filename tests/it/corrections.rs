//! The spreadsheet loop: tables that spreadsheets open as they were meant, and sheets that come back from them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use segment_to_voucherify::transform::corrections::Corrections;

use crate::workdir::Workdir;

/// Sheets as `LibreOffice` 7.4 saved them, and in the forms that Excel saves in countries with a decimal comma.
fn sheets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sheets")
}

/// What a person wrote into each of the sheets.
const FILLED: [(&str, &str, &str); 5] = [
    ("use_01", "source_id", "007"),
    ("use_02", "source_id", "+4930"),
    ("use_04", "source_id", "u4 – Zoë"),
    ("use_05", "source_id", "null"),
    ("use_99", "name", "x"),
];

/// Insists that a sheet holds exactly what was filled in.
fn check(sheet: &Path) {
    let corrections = Corrections::read(sheet).unwrap_or_else(|error| panic!("{}: {error}", sheet.display()));
    for (segment_id, field, value) in FILLED {
        let [correction] = corrections.of(segment_id, "", 0) else { panic!("{}: {segment_id}", sheet.display()) };
        assert_eq!((&correction.field[..], &correction.value[..]), (field, value), "{}", sheet.display());
    }
    assert_eq!(corrections.report(&[], &b""[..]).matched_nothing, 5, "{}", sheet.display());
}

/// A folder with the people of the sheets, transformed.
fn transformed() -> Workdir {
    let workdir = Workdir::new();
    fs::copy(sheets().join("profiles.ndjson"), workdir.path("profiles.ndjson")).unwrap();
    workdir.run(&["transform", "profiles.ndjson"], 0);
    workdir
}

/// The cells of a table, however it is quoted.
fn cells(path: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    let text = text.trim_start_matches('\u{feff}');
    let records = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).into_records();
    records.map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The rejects as a person hands them back: `corrected_value` filled in, and a row too many.
fn filled_in(rejects: &Path) -> String {
    let mut rows = cells(rejects);
    let mut stranger = vec![String::new(); rows[0].len()];
    "use_99".clone_into(&mut stranger[0]);
    "name".clone_into(&mut stranger[5]);
    rows.push(stranger);
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    for mut row in rows {
        if let Some((_, _, value)) = FILLED.iter().find(|(segment_id, ..)| *segment_id == row[0]) {
            // As a person types it who wants to keep zeros and signs.
            row[8] = if value.starts_with(['0', '+']) { format!("'{value}") } else { (*value).to_owned() };
        }
        writer.write_record(row).unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn sheets_come_back_from_every_spreadsheet_with_what_was_filled_in() {
    let mut read = 0;
    for entry in fs::read_dir(sheets()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension != "ndjson") {
            check(&path);
            read += 1;
        }
    }
    assert_eq!(read, 6);
}

/// Converts a table with `LibreOffice`; `false` where it is not installed.
fn libreoffice(workdir: &Workdir, file: &str, to: &str, folder: &str) -> bool {
    let mut command = Command::new("soffice");
    command.arg(format!("-env:UserInstallation=file://{}", workdir.path("office").display()));
    // What its dialog proposes for a file with a byte order mark: commas and UTF-8.
    command.args(["--headless", "--infilter=Text - txt - csv (StarCalc):44,34,76,1", "--convert-to", to]);
    command.args(["--outdir", folder, file]).current_dir(workdir.path(""));
    match command.output() {
        Ok(output) => {
            assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(_) => false,
    }
}

/// Converts a workbook back to a table.
fn saved_as_csv(workdir: &Workdir, workbook: &str, folder: &str, filter: &str) {
    let mut command = Command::new("soffice");
    command.arg(format!("-env:UserInstallation=file://{}", workdir.path("office").display()));
    command.args(["--headless", "--convert-to", &format!("csv:Text - txt - csv (StarCalc):{filter}")]);
    command.args(["--outdir", folder, workbook]).current_dir(workdir.path(""));
    assert!(command.output().unwrap().status.success(), "{command:?}");
}

#[test]
fn the_loop_through_libreoffice_changes_no_cell() {
    let workdir = transformed();
    let rejects = workdir.path("batches/rejects.csv");
    if !libreoffice(&workdir, "batches/rejects.csv", "xlsx", "opened") {
        #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
        {
            eprintln!("skipped: `soffice` is not installed; `fixtures/sheets` stands for it");
        }
        return;
    }
    saved_as_csv(&workdir, "opened/rejects.xlsx", "saved", "44,34,76,1");
    assert_eq!(cells(&workdir.path("saved/rejects.csv")), cells(&rejects));

    fs::write(workdir.path("sheet.csv"), filled_in(&rejects)).unwrap();
    libreoffice(&workdir, "sheet.csv", "xlsx", "filled");
    saved_as_csv(&workdir, "filled/sheet.xlsx", "comma", "44,34,76,1");
    saved_as_csv(&workdir, "filled/sheet.xlsx", "semicolon", "59,34,1,1,,0,true");
    check(&workdir.path("comma/sheet.csv"));
    check(&workdir.path("semicolon/sheet.csv"));
}

#[test]
fn corrected_profiles_come_through_and_every_row_is_accounted_for() {
    let workdir = transformed();
    let transform = |sheet: &Path, output: &str, threads: &str| {
        let sheet = sheet.to_str().unwrap();
        let arguments = [
            "transform",
            "profiles.ndjson",
            "--corrections",
            sheet,
            "-o",
            output,
            "--csv",
            "plain",
            "--threads",
            threads,
        ];
        workdir.run(&arguments, 0);
        fs::read_to_string(workdir.path(format!("{output}/corrections.csv"))).unwrap()
    };
    let outcomes = transform(&sheets().join("excel-semicolon-windows-1252.csv"), "one", "1");
    assert_eq!(
        outcomes,
        "row,segment_id,field,corrected_value,outcome,message\n\
         2,use_01,source_id,007,applied,\n\
         3,use_02,source_id,+4930,applied,\n\
         4,use_04,source_id,u4 – Zoë,applied,\n\
         5,use_05,source_id,null,did_not_help,blocked_identifier: a placeholder that many users share\n\
         6,use_99,name,x,matched_nothing,no profile `use_99` was read\n"
    );
    let output =
        workdir.run(&["transform", "profiles.ndjson", "-o", "-", "--plain", "--corrections", "one/corrections.csv"], 0);
    let customers: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let ids: Vec<_> = customers.iter().map(|customer| customer["source_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["007", "+4930", "u3", "u4 – Zoë"]);
    assert_eq!(customers[1]["name"], "Ada\nLovelace");
    assert!(workdir.path("corrections.csv").exists());

    // A value that somebody else has: the profile is still rejected, and the row says so.
    fs::write(
        workdir.path("taken.csv"),
        "segment_id,field,corrected_value\nuse_01,source_id,u9\nuse_02,source_id,u9\n",
    )
    .unwrap();
    let outcomes = transform(&workdir.path("taken.csv"), "two", "2");
    let taken = "3,use_02,source_id,u9,did_not_help,duplicate_source_id: the profile at `profiles.ndjson` line 1";
    assert!(outcomes.contains(taken), "{outcomes}");
    assert_eq!(outcomes, transform(&workdir.path("taken.csv"), "three", "8"));

    // Without the sheet nothing of it is left.
    workdir.run(&["transform", "profiles.ndjson", "-o", "two"], 0);
    assert!(!workdir.path("two/corrections.csv").exists());
}

#[test]
fn a_sheet_that_cannot_be_used_stops_before_anything_is_written() {
    let workdir = transformed();
    fs::write(workdir.path("sheet.csv"), "segment_id;field;value\nuse_01;name;x\n").unwrap();
    for (sheet, words) in [
        ("sheet.csv", "`sheet.csv` has no column `corrected_value`"),
        ("none.csv", "cannot read the corrections in `none.csv`"),
    ] {
        let output = workdir.run(&["transform", "profiles.ndjson", "--corrections", sheet, "-o", "new"], 2);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(words) && stderr.contains("hint: "), "{stderr}");
        assert!(!workdir.path("new").exists());
    }
}
