//! `diff`: what another transform would change, customer by customer.

use std::{
    collections::HashSet,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::{
    batches::manifest::BatchesManifest,
    compare::{self, ChangeRow, Difference, FieldChange, Side},
    digest,
    failure::Failure,
    findings,
    invocation::{Transform, Upload},
    publish::{Lock, Locking, Named, check_places, keep_apart},
    tables::{Dialect, TableFile},
    terminal::{Summary, Terminal},
    wording::{count, counted},
};

/// Fields that a summary names; the others are in the table.
const MOST_FIELDS: usize = 30;
/// Characters of a value that an example shows.
const MOST_CHARACTERS: usize = 40;

/// Arguments of `diff`.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Folder of batches as it was
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// Folder of batches as it would be sent
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Write every difference into this table
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// For whom the table is written
    #[arg(long, value_enum, default_value = "excel")]
    pub csv: Dialect,
    /// The table that `transform --skipped` wrote beside NEW: who is gone since a rule of the mapping skips them; may be
    /// given several times, for partitions
    #[arg(long, value_name = "FILE")]
    pub skipped: Vec<PathBuf>,
    /// Show values: the summary then holds personal data
    #[arg(long)]
    pub with_examples: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own documentation would be the help's")]
    pub locking: Locking,
}

/// Runs the command.
///
/// # Errors
/// A folder that holds no batches, a batch that is damaged, or a table that cannot be written.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let manifests = [manifest_of(&arguments.old)?, manifest_of(&arguments.new)?];
    let old = Side { folder: &arguments.old, manifest: &manifests[0] };
    let new = Side { folder: &arguments.new, manifest: &manifests[1] };
    if let Some(path) = &arguments.output {
        let read = [old, new].map(|side| BatchesManifest::path(side.folder));
        let read = read.iter().map(|path| Named { what: "the input", path });
        let skipped = arguments.skipped.iter().map(|path| Named { what: "`--skipped`", path });
        keep_apart(&read.chain(skipped).collect::<Vec<_>>(), &[Named { what: "`--output`", path }])?;
        check_places(&[Named { what: "`--output`", path }], None)?;
    }
    let _locks = [
        Lock::shared(old.folder, "comparing these batches", arguments.locking)?,
        Lock::shared(new.folder, "comparing these batches", arguments.locking)?,
    ];
    let mut skipped = HashSet::new();
    for table in &arguments.skipped {
        take_skipped(table, &mut skipped)?;
    }
    let table = arguments.output.as_deref();
    let mut table = table.map(|path| TableFile::typed(path, arguments.csv, &ChangeRow::COLUMNS)).transpose()?;
    let phase = terminal.phase("diff", None);
    let difference = compare::difference(
        old,
        new,
        &skipped,
        &mut |row| table.as_mut().map_or(Ok(()), |table| table.row(row.cells())),
        &phase,
    )?;
    let took = Some(phase.took());
    let rows = table.map(TableFile::publish).transpose()?.map_or(0, |published| published.rows);
    let summary = summary(arguments, &difference, &manifests, rows);
    terminal.summary(&Summary { took, ..summary })?;
    Ok(Outcome::Done)
}

/// Takes whom a table of skipped profiles names, by the hashes of their ids.
fn take_skipped(table: &Path, hashes: &mut HashSet<u64>) -> Result<(), Failure> {
    findings::read(table, |row| {
        hashes.insert(digest::short(row.source_id.as_bytes()));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(())
}

fn manifest_of(folder: &Path) -> Result<BatchesManifest, Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::usage(format!(
            "`{}` is no folder, and batches are compared by folders",
            folder.display()
        ))
        .hint("name the folders that two transforms or gatherings made"));
    }
    BatchesManifest::read(folder)?.ok_or_else(|| {
        Failure::usage(format!("`{}` holds no batches: it has no `manifest.json`", folder.display()))
            .command("make them:", Transform::default().output(folder))
    })
}

fn summary(
    arguments: &Arguments,
    difference: &Difference,
    manifests: &[BatchesManifest; 2],
    table_rows: u64,
) -> Summary {
    let Difference { added, removed, now_skipped, changed, unchanged, fields } = difference;
    let equal = added + removed + changed == 0;
    let mut rows = vec![
        ("added".into(), counted(*added, "customer")),
        ("removed".into(), format!("{}; Voucherify keeps what it has of them", counted(*removed, "customer"))),
        ("changed".into(), counted(*changed, "customer")),
        ("unchanged".into(), counted(*unchanged, "customer")),
    ];
    if *now_skipped > 0 {
        let words =
            format!("{} of the removed, by `[[skip]]` of the new mapping; Voucherify keeps them", count(*now_skipped));
        rows.insert(2, ("now skipped".into(), words));
    }
    let options = manifests[1].options_unlike(&manifests[0]);
    if !options.is_empty() {
        rows.push(("other options".into(), options.into_iter().collect::<Vec<_>>().join(", ")));
    }
    let mut most: Vec<(&String, &FieldChange)> = fields.iter().collect();
    most.sort_by_key(|(_, change)| std::cmp::Reverse(change.set + change.changed + change.left_out));
    for (field, change) in most.iter().take(MOST_FIELDS) {
        rows.push((format!("  {field}"), told(change, arguments.with_examples)));
    }
    if most.len() > MOST_FIELDS {
        rows.push(("  and".into(), counted((most.len() - MOST_FIELDS) as u64, "other field")));
    }
    let file = arguments.output.iter().map(|path| (path.display().to_string(), counted(table_rows, "difference")));
    let upload = || vec![Upload::of(&arguments.new).changed_only().to_string()];
    Summary {
        title: if equal { "diff: equal, customer by customer".into() } else { "diff: what would change".into() },
        rows,
        files: file.collect(),
        next: if equal { Vec::new() } else { upload() },
        json: json!({ "equal": equal, "difference": difference }),
        ..Summary::default()
    }
}

/// How often a field changes, and how in the first customer: the values themselves only for those who asked.
fn told(change: &FieldChange, with_examples: bool) -> String {
    let counts = [(change.set, "set"), (change.changed, "changed"), (change.left_out, "left out")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(times, _)| *times > 0)
        .map(|(times, word)| format!("{word} {}", count(*times)))
        .collect();
    let (old, new) = &change.example;
    let shown = |text: &str| if with_examples { cut(text) } else { masked(text) };
    format!("{}; for instance {} -> {}", counts.join(", "), shown(old), shown(new))
}

fn cut(text: &str) -> String {
    let text: String = text.chars().flat_map(char::escape_debug).collect();
    let short: String = text.chars().take(MOST_CHARACTERS).collect();
    if text.is_empty() {
        "nothing".into()
    } else if short == text {
        text
    } else {
        format!("{short}…")
    }
}

/// The kinds of characters, not the characters: `aaa.a@aaaaaaa.aaa`, `+00 000`.
fn masked(text: &str) -> String {
    let mask = |one: char| match one {
        one if one.is_uppercase() => 'A',
        one if one.is_alphabetic() => 'a',
        one if one.is_numeric() => '0',
        one => one,
    };
    cut(&text.chars().map(mask).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_masked_unless_somebody_wants_them() {
        let change = FieldChange { changed: 2, example: ("Ann@b.c".into(), "+49 30".into()), ..FieldChange::default() };
        assert_eq!(told(&change, false), "changed 2; for instance Aaa@a.a -> +00 00");
        assert_eq!(told(&change, true), "changed 2; for instance Ann@b.c -> +49 30");
        let set = FieldChange { set: 1, example: (String::new(), "x".repeat(50)), ..FieldChange::default() };
        assert_eq!(told(&set, true), format!("set 1; for instance nothing -> {}…", "x".repeat(40)));
    }
}
