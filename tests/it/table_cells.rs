//! Tables that hold what servers and profiles say: for spreadsheets no cell runs or is rewritten, for programs all is as it is.

use std::{fs, io::Write};

use serde_json::json;

use super::upload::project::{Project, Says, input, table};
use crate::{
    server::{Server, json as answer},
    space::manifest,
    workdir::Workdir,
};

/// What a server or a profile may say, and whether a spreadsheet would make something else of it.
const TEXTS: [(&str, bool); 12] = [
    ("=HYPERLINK(\"http://x.invalid\",\"y\")", true),
    ("@SUM(A1)", true),
    ("-5 tries", true),
    ("1990-02-28T10:11:12+0000", true),
    ("0x1F", false),
    ("12:30", true),
    ("3E8", true),
    ("FAUX", true),
    ("Sep-11", true),
    ("+1 (212) 555-0100", true),
    ("use, \"plain\"; text", false),
    ("two\r\nlines", false),
];

/// Rows of a table, as a program that knows CSV reads them.
fn rows(text: &str) -> Vec<Vec<String>> {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.into_records().skip(1).map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The cell that a text gets in each dialect.
fn guarded(text: &str, is_rewritten: bool, dialect: &str) -> String {
    if is_rewritten && dialect == "excel" { format!("'{text}") } else { text.to_owned() }
}

#[test]
fn failures_have_no_cell_that_a_spreadsheet_rewrites() {
    let ids: Vec<String> = TEXTS.iter().take(10).map(|(text, _)| (*text).to_owned()).collect();
    let list: Vec<_> = ids.iter().map(|id| json!({"segment_id": id})).collect();
    let list = json!({"data": list, "cursor": {"has_more": false, "next": ""}}).to_string();
    let server = Server::start(move |_, head, stream| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let said = if path.contains("/traits") || path.contains("/external_ids") {
            // What is wrong with a profile is the text that it is called by.
            let id = ids.iter().position(|id| path.contains(&url_part(id))).unwrap();
            let body = json!({"error": {"code": "bad_request", "message": ids[id]}}).to_string();
            answer("500 Internal Server Error", &format!("Request-Id: {}\r\n", ids[id]), &body)
        } else {
            answer("200 OK", "", &list)
        };
        drop(stream.write_all(said.as_bytes()));
    });
    for dialect in ["excel", "plain"] {
        let workdir = Workdir::new();
        let mut export = workdir.command();
        export.args(["export", "--rate", "3000", "--sweeps", "0", "--max-failures", "100", "--csv", dialect]);
        export
            .env("SEGMENT_API_URL", &server.url)
            .env("SEGMENT_SPACE_ID", "space")
            .env("SEGMENT_ACCESS_TOKEN", "token");
        workdir.check(&mut export, 3);
        let table = fs::read_to_string(workdir.path("export/failures.csv")).unwrap();
        let table = rows(&table);
        assert_eq!(table.len(), 10, "{dialect}");
        for (row, (text, is_rewritten)) in table.iter().zip(TEXTS) {
            assert_eq!(row[0], guarded(text, is_rewritten, dialect), "{dialect}");
            assert!(row[4].contains(text), "{dialect} {row:?}");
            assert_eq!(row[5], guarded(text, is_rewritten, dialect), "{dialect}");
        }
        // Whatever the table shows, what is tried again is known by its own name.
        let failures = &manifest(&workdir.path("export"))["failures"];
        assert_eq!(failures[0]["segment_id"], TEXTS[0].0, "{failures}");
    }
}

/// An id as it stands in a path.
fn url_part(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    id.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[test]
fn refused_and_outcomes_have_no_cell_that_a_spreadsheet_rewrites() {
    for dialect in ["excel", "plain"] {
        let numbers: Vec<u32> = (1..=12).collect();
        let errors: Vec<_> = TEXTS.iter().zip(&numbers).map(|((text, _), number)| {
            json!({"source_id": format!("u{number}"), "key": text, "message": text, "details": text})
        }).collect();
        let done = json!({"status": "DONE", "result": {"done_count": 0, "failed_count": 12, "errors": errors}});
        let project = Project::asking(move |_, _| Some(Says::status(200, &done)));
        let workdir = input(&[&numbers]);
        let flags = ["--csv", dialect, "--outcomes", "outcomes.csv"];
        workdir.check(&mut project.upload(&workdir, &flags), 3);
        let refused = table(&workdir.path(format!("receipts/{}/refused.csv", project.target())));
        let outcomes = table(&workdir.path("outcomes.csv"));
        for (number, (text, is_rewritten)) in TEXTS.into_iter().enumerate() {
            let cell = guarded(text, is_rewritten, dialect);
            assert_eq!(refused[number][3..6], [&cell[..], &cell, &cell], "{dialect}");
            assert_eq!(outcomes[number][3..5], ["refused", &cell[..]], "{dialect}");
        }
        // What is tried again does not hang on how the table shows it.
        project.heal();
        workdir.check(&mut project.upload(&workdir, &["--retry-refused"]), 0);
        assert_eq!(project.landed().len(), 12);
    }
}

#[test]
fn the_names_of_traits_are_no_formulas() {
    let workdir = Workdir::new();
    let traits: serde_json::Map<_, _> = TEXTS.iter().map(|(text, _)| ((*text).to_owned(), json!("x"))).collect();
    fs::write(workdir.path("people"), json!({"segment_id": "use_1", "traits": traits}).to_string()).unwrap();
    for dialect in ["excel", "plain"] {
        let output = workdir.run(&["inspect", "people", "--show", "csv", "--csv", dialect], 0);
        let names: Vec<String> =
            rows(&String::from_utf8(output.stdout).unwrap()).into_iter().map(|row| row[0].clone()).collect();
        for (text, is_rewritten) in TEXTS {
            let cell = guarded(text, is_rewritten, dialect);
            assert!(names.contains(&cell), "{dialect}: {cell:?} in {names:?}");
        }
    }
}

#[test]
fn a_text_that_no_cell_takes_is_cut_for_spreadsheets_only() {
    // The last that fits, one more, and one that would fit but for the apostrophe in front of it.
    let fits = "é".repeat(32_767);
    let longer = "é".repeat(32_768);
    let digits = format!("+{}", "1".repeat(32_766));
    let emoji = "😀".repeat(16_384);
    let traits = json!({&fits: 1, &longer: 1, &digits: 1, &emoji: 1});
    let workdir = Workdir::new();
    fs::write(workdir.path("people"), json!({"segment_id": "use_1", "traits": traits}).to_string()).unwrap();
    let names = |dialect: &str| -> Vec<String> {
        let output = workdir.run(&["inspect", "people", "--show", "csv", "--csv", dialect], 0);
        let mut names: Vec<_> =
            rows(&String::from_utf8(output.stdout).unwrap()).into_iter().map(|row| row[0].clone()).collect();
        names.sort();
        names
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(names("plain"), sorted(vec![fits.clone(), longer, digits, emoji]));
    let mark = |length: u32| format!("… [cut: {length} characters; `--csv plain` has all]");
    let room = 32_767 - mark(32_768).chars().count();
    let expected = vec![
        fits,
        format!("{}{}", "é".repeat(room), mark(32_768)),
        format!("'+{}{}", "1".repeat(room - 2), mark(32_767)),
        format!("{}{}", "😀".repeat(room / 2), mark(32_768)),
    ];
    assert_eq!(names("excel"), sorted(expected));
}
