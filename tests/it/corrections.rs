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

/// What a person wrote into each of the sheets; those in `fixtures` have a `null` beside it, which is no value.
const FILLED: [(&str, &str, &str); 4] = [
    ("use_01", "source_id", "007"),
    ("use_02", "source_id", "+4930"),
    ("use_04", "source_id", "u4 – Zoë"),
    ("use_99", "name", "x"),
];

/// Insists that a sheet holds exactly what was filled in.
fn check(sheet: &Path) {
    let corrections =
        Corrections::read(&[sheet.to_owned()]).unwrap_or_else(|error| panic!("{}: {error}", sheet.display()));
    for (segment_id, field, value) in FILLED {
        let [correction] = corrections.of(segment_id, "", 0) else { panic!("{}: {segment_id}", sheet.display()) };
        assert_eq!((&correction.field[..], &correction.value[..]), (field, value), "{}", sheet.display());
    }
    assert_eq!(corrections.report(&[], Path::new("unread")).unwrap().matched_nothing, 4, "{}", sheet.display());
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
    assert_eq!(read, 8);
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
    let sheet = sheets().join("excel-semicolon-windows-1252.csv");
    let outcomes = transform(&sheet, "one", "1");
    let sheet = sheet.display();
    assert_eq!(
        outcomes,
        format!(
            "row,segment_id,field,corrected_value,outcome,message,sheet\n\
         2,use_01,source_id,007,applied,,{sheet}\n\
         3,use_02,source_id,+4930,applied,,{sheet}\n\
         4,use_04,source_id,u4 – Zoë,applied,,{sheet}\n\
         5,use_05,source_id,,did_not_help,\"`null` is no value: write one, or leave the cell empty\",{sheet}\n\
         6,use_99,name,x,matched_nothing,no profile `use_99` was read,{sheet}\n"
        )
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
    for (sheet, words) in
        [("sheet.csv", "`sheet.csv` has no column `corrected_value`"), ("none.csv", "cannot read `none.csv`")]
    {
        let output = workdir.run(&["transform", "profiles.ndjson", "--corrections", sheet, "-o", "new"], 2);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(words) && stderr.contains("hint: "), "{stderr}");
        assert!(!workdir.path("new").exists());
    }
}

#[test]
fn beside_a_pipe_the_table_that_tells_why_nobody_was_helped_has_to_be_a_file() {
    let workdir = Workdir::new();
    fs::write(workdir.path("people"), "{\"segment_id\":\"use_1\"}\n").unwrap();
    fs::write(workdir.path("sheet.csv"), "segment_id,field,corrected_value\nuse_1,name,Ada\n").unwrap();
    assert!(Command::new("mkfifo").arg(workdir.path("pipe")).status().unwrap().success());
    let with = ["transform", "people", "-o", "-", "--corrections", "sheet.csv", "--rejects"];
    for table in ["/dev/null", "pipe"] {
        let run = workdir.run(&[&with[..], &[table]].concat(), 2);
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(said.contains(&format!("`{table}` is no file, which `--corrections` needs")), "{said}");
        assert!(!workdir.path("warnings.csv").exists(), "nothing was begun");
    }
    workdir.run(&[&with[..], &["left.csv"]].concat(), 0);
    assert_eq!(cells(&workdir.path("corrections.csv")).len(), 1 + 1);
}

/// Fills in a value where the rejects lie.
fn fill_in(workdir: &Workdir, segment_id: &str, value: &str) {
    let rejects = workdir.path("batches/rejects.csv");
    let mut writer = csv::Writer::from_path(workdir.path("filled.csv")).unwrap();
    for mut row in cells(&rejects) {
        if row[0] == segment_id {
            value.clone_into(&mut row[8]);
        }
        writer.write_record(row).unwrap();
    }
    drop(writer);
    fs::rename(workdir.path("filled.csv"), &rejects).unwrap();
}

#[test]
fn what_people_wrote_into_the_folder_itself_is_never_replaced_unread() {
    let workdir = transformed();
    let fill_in = |segment_id: &str, value: &str| fill_in(&workdir, segment_id, value);
    let transform = |arguments: &[&str], exit_code| {
        let output = workdir.run(&[&["transform", "profiles.ndjson"], arguments].concat(), exit_code);
        String::from_utf8(output.stderr).unwrap()
    };
    let customers = || {
        let manifest = fs::read(workdir.path("batches/manifest.json")).unwrap();
        serde_json::from_slice::<serde_json::Value>(&manifest).unwrap()["books"]["customers"].clone()
    };
    let before = customers().as_u64().unwrap();

    // Somebody fills in the table where it lies: without it nothing is replaced.
    fill_in("use_01", "007");
    let refused = transform(&[], 2);
    assert_eq!(
        refused,
        "error: `batches/rejects.csv` would be replaced, and has 1 correction that this run does not have\n\
         hint: give the transform `--corrections batches/rejects.csv` to keep them, or move the file away to do without them\n"
    );
    transform(&["--corrections", "batches/rejects.csv"], 0);
    assert_eq!(customers(), before + 1);

    // The sheet is gone now, and the table of corrections stands for it.
    let refused = transform(&[], 2);
    assert!(refused.contains("`batches/corrections.csv` would be replaced, and has 1 correction "), "{refused}");
    let status = workdir.run(&["status"], 0).stdout;
    let next = "transform profiles.ndjson --corrections batches/corrections.csv --corrections batches/rejects.csv";
    assert!(String::from_utf8_lossy(&status).split_whitespace().collect::<Vec<_>>().join(" ").contains(next));

    // A second round: others are corrected, one of the first round otherwise.
    fill_in("use_02", "+4930");
    fs::write(workdir.path("later.csv"), "segment_id,field,corrected_value\nuse_01,source_id,008\n").unwrap();
    let sheets = ["batches/corrections.csv", "batches/rejects.csv", "later.csv"];
    let arguments = sheets.map(|sheet| ["--corrections", sheet]).concat();
    let told = transform(&arguments, 0);
    assert!(told.contains("2 = applied 2 + did not help 0 + matched nothing 0; 1 more"), "{told}");
    assert_eq!(customers(), before + 2);
    let explained = workdir.run(&["explain", "use_01", "--archive", "profiles.ndjson"], 0).stdout;
    assert!(String::from_utf8_lossy(&explained).contains("008"));

    // What is still in the sheet that it came from need not be kept; what somebody wrote over it must.
    workdir.run(&["transform", "profiles.ndjson", "-o", "apart", "--corrections", "later.csv"], 0);
    let apart = workdir.path("apart/corrections.csv");
    let written = fs::read_to_string(&apart).unwrap();
    fs::write(&apart, written.replace("008", "009")).unwrap();
    let refused = transform(&["-o", "apart"], 2);
    assert!(refused.contains("`apart/corrections.csv` would be replaced, and has 1 correction "), "{refused}");
    fs::write(&apart, written).unwrap();
    transform(&["-o", "apart"], 0);

    // Moved away, it is done without.
    fs::rename(workdir.path("batches/corrections.csv"), workdir.path("kept.csv")).unwrap();
    transform(&[], 0);
    assert_eq!(customers(), before);

    // In a pipe the tables lie in the present folder.
    fs::copy(workdir.path("kept.csv"), workdir.path("rejects.csv")).unwrap();
    let refused = transform(&["-o", "-"], 2);
    assert!(refused.contains("`rejects.csv` would be replaced, and has 2 corrections"), "{refused}");
    transform(&["-o", "-", "--corrections", "rejects.csv"], 0);
}

#[test]
fn death_at_any_write_loses_nothing_of_what_people_wrote_into_the_folder() {
    let mut deaths = 0;
    loop {
        let workdir = transformed();
        fill_in(&workdir, "use_01", "u77");
        let again = ["transform", "profiles.ndjson", "--corrections", "batches/rejects.csv"];
        let died = workdir.command().args(again).env("DIE_AT_WRITE", (deaths + 1).to_string()).output().unwrap();
        let next = workdir.command().args(again).output().unwrap();
        if !next.status.success() {
            // The table of rejects is a new one already: the message names the file that has the correction.
            let said = String::from_utf8(next.stderr).unwrap();
            assert!(said.contains("`batches/corrections.csv` would be replaced") || died.status.success(), "{said}");
            workdir.run(&["transform", "profiles.ndjson", "--corrections", "batches/corrections.csv"], 0);
        }
        let corrections = fs::read_to_string(workdir.path("batches/corrections.csv")).unwrap();
        assert!(corrections.contains("use_01,source_id,u77,applied"), "death at write {}: {corrections}", deaths + 1);
        if died.status.success() {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 10, "only {deaths} places to die at");
}
