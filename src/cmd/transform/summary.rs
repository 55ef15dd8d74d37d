//! What a transform came to, for people.

use std::{cmp::Reverse, collections::BTreeMap, path::Path};

use serde_json::json;

use crate::{
    archive::{feed::Texts, reader::Remarks, trait_texts::TextsAre},
    batches::manifest::{BatchesManifest, CORRECTIONS, TransformBooks},
    invocation::{Inspect, Upload},
    terminal::{Noticed, Summary},
    transform::{Beside, Made, Piped, corrections::CorrectionsReport},
    wording::{self, count, counted},
};

/// Fields that the summary names; the manifest has all.
const FIELDS_TOLD: usize = 5;

/// The summary of a folder.
pub(super) fn of_folder(made: &Made, folder: &Path, remarks: &Remarks) -> Summary {
    let Made { manifest, before, corrections, sheets, texts } = made;
    let mut summary = what_is_there(manifest, folder, before.as_ref() != Some(manifest));
    if let Some(before) = before.as_ref().filter(|before| *before != manifest) {
        summary.rows.push(("replaced".into(), manifest.instead_of(before)));
        summary.json["replaced"] = json!({
            "batches": before.batches.len(),
            "kept": before.batches_shared_with(manifest),
            "other_options": before.options_unlike(manifest),
        });
        if folder.join("receipts").is_dir() && manifest.books.customers > 0 {
            // Whoever was sent already need not be sent again because others were added.
            summary.next.insert(0, Upload::of(folder).changed_only().to_string());
        }
    }
    summary.rows.extend(corrections_rows(corrections.as_ref(), sheets));
    if let Some(report) = corrections {
        summary.json["corrections"] = json!(report);
        summary.files.push((folder.join(CORRECTIONS).display().to_string(), "what became of each correction".into()));
    }
    summary.rows.extend(said(*texts, remarks));
    if !remarks.notes.is_empty() {
        summary.json["notes"] = json!(remarks.notes);
    }
    if manifest.options.partition.is_some() {
        // Only the gathered folder is sent.
        summary.next = Vec::new();
    }
    summary
}

/// The summary of what went into a pipe.
pub(super) fn of_pipe(piped: &Piped, beside: &Beside, remarks: &Remarks) -> Summary {
    let mut rows = books_rows(&piped.books);
    rows.extend(piped.left_behind.in_words(piped.books.read).map(|words| ("left behind".into(), words)));
    rows.extend(corrections_rows(piped.corrections.as_ref(), &piped.sheets));
    rows.extend(said(piped.texts, remarks));
    let table =
        |path: &Path, rows: u64, what: &str| (path.display().to_string(), format!("{}: {what}", counted(rows, "row")));
    Summary {
        title: "transform: done".into(),
        rows,
        noticed: noticed(&piped.books),
        files: {
            let rejects = table(&beside.rejects, piped.rejects.rows, "rejected profiles");
            let warnings = table(&beside.warnings, piped.warnings.rows, "other findings");
            let workbooks = piped.workbooks.iter();
            let workbooks = workbooks.map(|(path, published)| table(path, published.rows, "the same as a workbook"));
            [rejects, warnings].into_iter().chain(workbooks).collect()
        },
        ..Summary::default()
    }
}

/// What the summary says of corrections, wherever a sheet was given.
fn corrections_rows(report: Option<&CorrectionsReport>, sheets: &[String]) -> Vec<(String, String)> {
    let books = report.map(CorrectionsReport::books).into_iter();
    books.chain(sheets.iter().cloned()).map(|text| ("corrections".to_owned(), text)).collect()
}

/// How texts were read, and what is odd about the input.
fn said(texts: Option<Texts>, remarks: &Remarks) -> Vec<(String, String)> {
    let texts = texts.map(|Texts { are, evidence }| {
        let are = match are {
            TextsAre::Json => "JSON (`--values json`)",
            TextsAre::Plain => "plain text (`--values plain`)",
        };
        let [quoted, bare] = [evidence.quoted, evidence.bare].map(count);
        let mixed =
            if evidence.is_mixed() { format!("; {quoted} were quoted, {bare} were not") } else { String::new() };
        ("values".to_owned(), format!("{are}{mixed}"))
    });
    texts.into_iter().chain(remarks.all().map(|remark| ("note".to_owned(), remark.clone()))).collect()
}

fn what_is_there(manifest: &BatchesManifest, folder: &Path, changed: bool) -> Summary {
    let mut rows = books_rows(&manifest.books);
    let bytes: u64 = manifest.batches.iter().map(|batch| batch.bytes).sum();
    let batches = counted(manifest.batches.len() as u64, "batch");
    rows.push(("batches".into(), format!("{batches}, {} of JSON, in {}", wording::bytes(bytes), folder.display())));
    rows.extend(manifest.left_behind.in_words(manifest.books.read).map(|words| ("left behind".into(), words)));
    let files = manifest.tables().map(|table| {
        let what = if table.file.starts_with("rejects") { "rejected profiles" } else { "other findings" };
        (folder.join(&table.file).display().to_string(), format!("{}: {what}", counted(table.rows, "row")))
    });
    let files: Vec<(String, String)> = files.collect();
    // Of nobody there is nothing to send, and what ids there are is the question.
    let is_nobody = manifest.books.customers == 0;
    let upload = (!is_nobody).then(|| Upload::of(folder).to_string());
    Summary {
        title: if changed { "transform: done" } else { "transform: done; nothing changed" }.into(),
        rows,
        noticed: noticed(&manifest.books),
        files,
        next: upload
            .into_iter()
            .chain(inspect(manifest).filter(|_| is_nobody || !manifest.left_behind.is_empty()))
            .collect(),
        json: serde_json::to_value(manifest).unwrap_or_default(),
        ..Summary::default()
    }
}

/// The command that shows every trait, with what the mapping makes of it; none where a pipe was read.
fn inspect(manifest: &BatchesManifest) -> Option<String> {
    if manifest.given.iter().any(|given| given.input == "-") {
        return None;
    }
    let settings = &manifest.options;
    let mut inspect = Inspect::of(manifest.given.iter().map(|given| &given.input));
    if settings.preset().is_none() {
        inspect = inspect.mapping(&settings.mapping.name);
    }
    if settings.identifier != "user_id" {
        inspect = inspect.identifier(&settings.identifier);
    }
    Some(inspect.to_string())
}

/// What was noticed, with what to do about it.
fn noticed(books: &TransformBooks) -> Vec<Noticed> {
    let rows = books.findings.iter().map(|(reason, counted)| {
        let (reason_word, advice) = (reason.as_str().to_owned(), reason.advice().to_owned());
        let mut noticed = Noticed { reason: reason_word, count: counted.profiles, advice };
        if reason.is_about_the_key() {
            noticed.advice = format!("{}: {}", noticed.advice, by_field(&counted.fields));
        }
        noticed
    });
    rows.collect()
}

/// The most frequent fields with their counts; the manifest has all.
fn by_field(fields: &BTreeMap<String, u64>) -> String {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(field, times)| (Reverse(**times), *field));
    let named = fields.iter().take(FIELDS_TOLD).map(|(field, times)| format!("`{field}` {}", count(**times)));
    let mut told: Vec<String> = named.collect();
    if fields.len() > FIELDS_TOLD {
        told.push(format!("{} more in `manifest.json`", count((fields.len() - FIELDS_TOLD) as u64)));
    }
    told.join(", ")
}

fn books_rows(books: &TransformBooks) -> Vec<(String, String)> {
    vec![("books".into(), books.in_words())]
}
