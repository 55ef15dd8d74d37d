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
    assert_eq!(corrections.report(&[]).matched_nothing, 5, "{}", sheet.display());
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
