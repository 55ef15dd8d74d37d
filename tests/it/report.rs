//! `report`: one page, whose figures are those of the manifests.

use std::{fs, io::Write, path::Path, process::Command};

use serde_json::Value;

use crate::{fixtures, workdir::Workdir};

/// The number that the page shows for a label; `of` is a part of the note beside it.
fn figure(page: &str, label: &str, of: &str) -> u64 {
    let begin = format!("data-figure=\"{label}\" data-of=\"");
    let found = page.split(&begin).skip(1).find(|rest| rest.split('"').next().unwrap().contains(of));
    let rest = found.unwrap_or_else(|| panic!("{label} {of} is not on the page"));
    rest.split("data-number=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
}

fn manifest(workdir: &Workdir, folder: &str) -> Value {
    serde_json::from_slice(&fs::read(workdir.path(folder).join("manifest.json")).unwrap()).unwrap()
}

fn page(workdir: &Workdir, arguments: &[&str]) -> String {
    workdir.run(&[&["report"], arguments].concat(), 0);
    fs::read_to_string(workdir.path("report.html")).unwrap()
}

/// Whatever a page could fetch from; the page may name none.
fn asks_for_nothing(page: &str) {
    for way in ["http://", "https://", "src=", "url(", "@import", "<script", "<iframe", "srcset"] {
        assert!(!page.contains(way), "{way}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_figures_are_those_of_the_manifests() {
    let workdir = fixtures::migration();
    let page = page(&workdir, &["--title", "Go-live <spring>"]);
    assert!(page.contains("<h1>Go-live &#60;spring&#62;</h1>"), "the title is text");
    let (export, batches) = (manifest(&workdir, "export"), manifest(&workdir, "batches"));
    assert_eq!(figure(&page, "listed", ""), export["books"]["listed"]);
    assert_eq!(figure(&page, "exported", ""), export["books"]["exported"]);
    assert_eq!(figure(&page, "mapped", ""), batches["books"]["customers"]);
    assert_eq!(figure(&page, "sent", "api.voucherify.io-app-1"), 3);
    assert_eq!(figure(&page, "landed", "api.voucherify.io-app-1"), 2);
    assert_eq!(figure(&page, "invalid_customer", ""), 1);
    for (reason, count) in batches["books"]["findings"].as_object().unwrap() {
        assert_eq!(figure(&page, reason, ""), count["profiles"], "{reason}");
    }
    assert_eq!(figure(&page, "email", ""), 5);
    assert_eq!(figure(&page, "metadata.tier", ""), 4);
    let checksums = export["parts"].as_array().unwrap().iter().map(|part| &part["sha256"]);
    let checksums = checksums.chain(batches["batches"].as_array().unwrap().iter().map(|batch| &batch["file_sha256"]));
    for checksum in checksums {
        assert!(page.contains(checksum.as_str().unwrap()), "{checksum}");
    }
    assert!(page.contains("2 of 8 profiles came over"));
    asks_for_nothing(&page);
}

#[test]
fn nobody_is_named_unless_that_was_asked_for() {
    let workdir = fixtures::migration();
    let people =
        ["ada-1", "Ada", "ada@", "grace", "alan", "kurt", "f00d", "use_0", "example.com", "London", "Arlington"];
    let plain = page(&workdir, &[]);
    for name in people {
        assert!(!plain.contains(name), "{name}");
    }
    let named = page(&workdir, &["--with-examples"]);
    assert!(named.contains("<td>ada-1</td>") && named.contains("<td>alan-4</td>"));
    asks_for_nothing(&named);
}

#[test]
fn books_that_do_not_balance_are_said_out_loud() {
    let workdir = fixtures::migration();
    let path = workdir.path("export/manifest.json");
    let text = fs::read_to_string(&path).unwrap().replace("\"listed\": 8", "\"listed\": 7");
    fs::write(&path, text).unwrap();
    assert!(page(&workdir, &[]).contains("The books do not balance"));
}

#[test]
fn one_folder_is_enough_and_none_is_an_error() {
    let workdir = fixtures::migration();
    fs::remove_dir_all(workdir.path("export")).unwrap();
    assert_eq!(figure(&page(&workdir, &[]), "mapped", ""), 4);
    fs::remove_dir_all(workdir.path("batches/receipts")).unwrap();
    assert!(page(&workdir, &[]).contains("Nothing was sent yet"));
    fs::remove_dir_all(workdir.path("batches")).unwrap();
    workdir.run(&["report"], 2);
}

#[test]
fn times_below_a_second_are_shown_and_a_clock_that_went_back_is_not_believed() {
    let workdir = fixtures::migration();
    let receipt = |number| workdir.path(format!("batches/receipts/api.voucherify.io-app-1/batch-00000{number}.json"));
    for (begun, ended, shown, seconds, milliseconds) in [
        ("10:00:01.250", "10:00:01.650", "0.4 s", 0, Value::from(400)),
        ("10:00:01.250", "10:00:05.000", "3.8 s", 3, Value::from(3_750)),
        ("10:00:01.250", "09:00:01.250", "not known", 0, Value::Null),
    ] {
        for number in [1, 2] {
            let mut told: Value = serde_json::from_slice(&fs::read(receipt(number)).unwrap()).unwrap();
            told["submitted_at"] = format!("2026-03-01T{begun}Z").into();
            told["finished_at"] = format!("2026-03-01T{ended}Z").into();
            fs::write(receipt(number), told.to_string()).unwrap();
        }
        let figures = workdir.run(&["report", "--json"], 0);
        let figures: Value = serde_json::from_slice(&figures.stdout).unwrap();
        let target = &figures["targets"][0];
        assert_eq!((&target["seconds"], &target["milliseconds"]), (&Value::from(seconds), &milliseconds), "{figures}");
        let page = fs::read_to_string(workdir.path("report.html")).unwrap();
        let row = page.split("Upload time").nth(1).unwrap().split("</tr>").next().unwrap();
        assert!(row.contains(&format!(">{shown}<")), "{shown}: {row}");
    }
}

#[test]
fn a_sandbox_migration_is_reported_and_a_browser_has_nothing_to_say() {
    let workdir = Workdir::new();
    let output = workdir.run(&["migrate", "--sandbox", "--profiles", "120", "--json"], 0);
    let last = output.stdout.trim_ascii().rsplit(|byte| *byte == b'\n').next().unwrap();
    let last: Value = serde_json::from_slice(last).unwrap();
    let folder = Path::new(last["folder"].as_str().unwrap());
    let [archive, batches] = ["export", "batches"].map(|name| folder.join(name).display().to_string());
    let page = page(&workdir, &["--archive", &archive, "--batches", &batches]);
    fs::remove_dir_all(folder).unwrap();
    assert_eq!(figure(&page, "listed", ""), 120);
    assert_eq!(figure(&page, "landed", ""), last["customers"]);
    let books: u64 = ["missing_identifier", "blocked_identifier", "duplicate_source_id", "malformed_line"]
        .iter()
        .filter(|reason| page.contains(&format!("data-figure=\"{reason}\"")))
        .map(|reason| figure(&page, reason, ""))
        .sum();
    assert_eq!(books + figure(&page, "landed", ""), 120, "everybody is accounted for");
    browse(&workdir);
}

/// Opens the page in a headless browser, where there is one: its policy forbids every request and the console tells of
/// each one that was tried, as a page that does ask for something proves.
fn browse(workdir: &Workdir) {
    let Some((dom, said)) = opened(workdir, "report.html") else { return };
    assert!(dom.contains("From listed to landed"), "{said}");
    assert!(!said.contains("CONSOLE"), "{said}");
    let page = fs::read_to_string(workdir.path("report.html")).unwrap();
    let asking = page.replace("<main>", "<main><img src=\"http://127.0.0.1:9/outside.png\">");
    fs::write(workdir.path("asking.html"), asking).unwrap();
    let (_, said) = opened(workdir, "asking.html").unwrap();
    assert!(said.contains("CONSOLE") && said.contains("outside.png"), "{said}");
}

/// What a browser makes of a file, and what it says about it; nothing without a browser.
fn opened(workdir: &Workdir, file: &str) -> Option<(String, String)> {
    let mut browser = Command::new("chromium");
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr"]);
    browser.args(["--disable-background-networking", "--disable-component-update", "--dump-dom"]);
    browser.arg(format!("--user-data-dir={}", workdir.path("browser").display()));
    browser.arg(format!("file://{}", workdir.path(file).display()));
    let Ok(output) = browser.output() else {
        let skipped = b"skipped: there is no `chromium` to open the page with\n";
        std::io::stderr().write_all(skipped).unwrap();
        return None;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((text(&output.stdout), text(&output.stderr)))
}

#[test]
fn traits_are_counted_once_and_again_when_the_archive_is_another() {
    let workdir = fixtures::migration();
    assert_eq!(figure(&page(&workdir, &[]), "email", ""), 5);
    let [part, away, kept] =
        ["export/profiles-000001.ndjson.gz", "away", "export/coverage.json"].map(|name| workdir.path(name));
    fs::rename(&part, &away).unwrap();
    assert_eq!(figure(&page(&workdir, &[]), "email", ""), 5, "no part is read again");
    let text = fs::read_to_string(&kept).unwrap();
    assert!(!text.contains("example.com") && !text.contains("Ada"), "names of traits, and nobody's values");
    for other in ["{", "{}", &text.replace("\"parts_sha256\": \"", "\"parts_sha256\": \"0")] {
        fs::write(&kept, other).unwrap();
        workdir.run(&["report"], 1);
        assert_eq!(fs::read_to_string(&kept).unwrap(), other);
    }
    fs::rename(&away, &part).unwrap();
    assert_eq!(figure(&page(&workdir, &[]), "email", ""), 5);
    assert_eq!(fs::read_to_string(&kept).unwrap(), text);
}
