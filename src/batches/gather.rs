//! Batches that were made apart become one folder, as good as if one machine had made them.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::{
    corrected,
    left_behind::{LeftBehind, LeftTrait},
    manifest::{Batch, BatchesManifest, CORRECTIONS, FORMAT, Given, Input, Kind, Table, TransformBooks},
    origins,
    packing::Packer,
    reader,
    settings::Settings,
    writer::{BatchesWriter, Files},
};
use crate::{
    digest::Hashed,
    failure::Failure,
    findings::{self, FindingsTable, REJECTS, WARNINGS},
    interrupt::Interrupt,
    manifest::names,
    progress::Phase,
    publish::{Lock, Locking},
    tables::Form,
};

/// A folder that was read.
#[derive(Debug)]
struct Part {
    folder: PathBuf,
    manifest: BatchesManifest,
    /// Which partition it is.
    index: u32,
}

/// What became of the folders.
#[derive(Debug)]
pub struct Gathered {
    /// What the new folder holds.
    pub manifest: BatchesManifest,
    /// What it held before, if that was finished.
    pub before: Option<BatchesManifest>,
    /// Requests that the folders would have taken apart.
    pub posts_before: usize,
}

/// Makes one folder of these, which have to be all partitions of one transform.
///
/// # Errors
/// Folders that do not belong together or of which one is missing, each with what is wrong; or a disk that fails.
pub fn gather(
    folders: &[PathBuf],
    output: &Path,
    locking: Locking,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<Gathered, Failure> {
    let parts = parts(folders)?;
    let whole = one_whole(&parts)?;
    // A folder of something else is named before anything is written into it.
    BatchesManifest::read(output)?;
    let _lock = Lock::exclusive(output, "gathering into this folder", locking)?;
    let mut writer = BatchesWriter::create(output)?;
    let posts_before = parts.iter().map(|part| part.manifest.batches.len()).sum();
    phase.total(posts_before as u64);
    let go_on = || {
        if interrupt.asked() { Err(Failure::interrupted("the batches were not gathered")) } else { Ok(()) }
    };
    batches(&parts, &mut writer, || {
        phase.add(1);
        go_on()
    })?;
    let dialect = parts[0].manifest.options.csv;
    let table = |name: &str, listed: fn(&BatchesManifest) -> &Table| {
        let mut table = FindingsTable::create(dialect, &writer.place(name))?;
        for part in &parts {
            go_on()?;
            take_over(&mut table, part, listed(&part.manifest))?;
        }
        table.finish()
    };
    let rejects = table(REJECTS, |manifest| &manifest.rejects)?.into();
    let warnings = table(WARNINGS, |manifest| &manifest.warnings)?.into();
    if !parts[0].manifest.options.corrections.is_empty() {
        let tables: Vec<PathBuf> = parts.iter().map(|part| part.folder.join(CORRECTIONS)).collect();
        corrected::merge(&tables, dialect, &writer.place(CORRECTIONS))?;
    }
    let workbooks = match parts[0].manifest.options.tables {
        Form::Csv => Vec::new(),
        Form::Xlsx => findings::workbooks(|name| writer.place(name), &go_on)?,
    };
    let manifest = BatchesManifest {
        kind: Kind::Batches,
        format: FORMAT,
        tool: parts[0].manifest.tool.clone(),
        options: Settings { partition: None, ..parts[0].manifest.options.clone() },
        given: whole.given,
        inputs: whole.inputs,
        batches: Vec::new(),
        rejects,
        warnings,
        workbooks: workbooks.into_iter().map(Into::into).collect(),
        books: whole.books,
        left_behind: left_behind(&parts),
    };
    let (manifest, before) = writer.commit(manifest)?;
    Ok(Gathered { manifest, before, posts_before })
}

/// Reads the folders, in the order of their partitions.
fn parts(folders: &[PathBuf]) -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    for folder in folders {
        let here = folder.display();
        if !folder.is_dir() {
            let what = if folder.exists() { "is a file, no folder of batches" } else { "is not there" };
            return Err(Failure::usage(format!("`{here}` {what}"))
                .hint("name the folders that `transform --partition I/N -o FOLDER` made"));
        }
        let manifest = BatchesManifest::read(folder)?.ok_or_else(|| {
            Failure::usage(format!("`{here}` has no `manifest.json`: its transform did not finish"))
                .hint("run the transform that made it again, then gather")
        })?;
        if folder.join("receipts").exists() {
            return Err(Failure::usage(format!("`{here}` has receipts: it was sent already"))
                .hint("gather before the first upload; what was sent is known by batches that would be others then"));
        }
        for workbook in &manifest.workbooks {
            unedited(folder, workbook)?;
        }
        parts.push(Part { folder: folder.clone(), manifest, index: 0 });
    }
    // A partition in which nobody had texts says nothing of what texts are.
    let values = parts.iter().find_map(|part| part.manifest.options.values);
    for part in &mut parts {
        part.manifest.options.values = part.manifest.options.values.or(values);
    }
    let Some(first) = parts.first() else { return Err(Failure::usage("there is nothing to gather")) };
    for part in &parts[1..] {
        alike(first, part)?;
    }
    numbered(parts)
}

/// Insists that two folders were made by one version with equal options.
fn alike(first: &Part, other: &Part) -> Result<(), Failure> {
    let (one, two) = (first.folder.display(), other.folder.display());
    if first.manifest.tool != other.manifest.tool {
        let (by, and) = (&first.manifest.tool, &other.manifest.tool);
        return Err(Failure::usage(format!("`{one}` was made by `{by}`, and `{two}` by `{and}`"))
            .hint("make all of them with one version"));
    }
    let mut unlike = first.manifest.options_unlike(&other.manifest);
    unlike.remove("partition");
    if unlike.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = unlike.iter().map(|name| format!("`--{name}`")).collect();
    Err(Failure::usage(format!("`{one}` and `{two}` were made with other {}", names.join(", ")))
        .hint("make all of them with the same options, but for `--partition`"))
}

/// Insists that every partition is there, once.
fn numbered(mut parts: Vec<Part>) -> Result<Vec<Part>, Failure> {
    let mut count = None;
    let mut by_index: BTreeMap<u32, PathBuf> = BTreeMap::new();
    for part in &mut parts {
        let partition = part.manifest.options.partition.as_deref().unwrap_or("0/1");
        let numbers = partition.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        let (index, of): (u32, u32) = numbers.ok_or_else(|| {
            Failure::stopped(format!(
                "`{}` was made with `--partition {partition}`, which is none",
                part.folder.display()
            ))
        })?;
        let before = *count.get_or_insert(of);
        if before != of {
            let here = part.folder.display();
            return Err(Failure::usage(format!("`{here}` is one of {of} partitions, and the others are of {before}"))
                .hint("gather the partitions of one transform"));
        }
        part.index = index;
        if let Some(other) = by_index.insert(index, part.folder.clone()) {
            let (one, two) = (other.display(), part.folder.display());
            return Err(Failure::usage(format!("`{one}` and `{two}` are both partition {partition}"))
                .hint("name each partition once"));
        }
    }
    let count = count.unwrap_or(1);
    let missing: Vec<String> = (0..count)
        .filter(|index| !by_index.contains_key(index))
        .take(20)
        .map(|index| format!("{index}/{count}"))
        .collect();
    if !missing.is_empty() {
        return Err(Failure::usage(format!("of {count} partitions these are missing: {}", missing.join(", ")))
            .hint("make them with `transform --partition`, then name all folders"));
    }
    parts.sort_by_key(|part| part.index);
    Ok(parts)
}

/// What all of them come to.
struct Whole {
    given: Vec<Given>,
    inputs: Vec<Input>,
    books: TransformBooks,
}

/// Insists that nobody is missing: either each took its share of the same profiles, or each took all of its own.
fn one_whole(parts: &[Part]) -> Result<Whole, Failure> {
    let mut books = TransformBooks::default();
    for part in parts {
        let theirs = &part.manifest.books;
        books.read += theirs.read - theirs.passed_over.min(theirs.read);
        books.customers += theirs.customers;
        books.skipped += theirs.skipped;
        books.rejected += theirs.rejected;
        for (reason, count) in &theirs.findings {
            let ours = books.findings.entry(*reason).or_default();
            ours.profiles += count.profiles;
            for (field, times) in &count.fields {
                *ours.fields.entry(field.clone()).or_default() += times;
            }
        }
    }
    let mut given: Vec<Given> = Vec::new();
    for one in parts.iter().flat_map(|part| &part.manifest.given) {
        if !given.contains(one) {
            given.push(one.clone());
        }
    }
    let passed_over = |part: &&Part| part.manifest.books.passed_over > 0;
    if !parts.iter().any(|part| passed_over(&part)) {
        let inputs = parts.iter().flat_map(|part| part.manifest.inputs.clone()).collect();
        return Ok(Whole { given, inputs, books });
    }
    let first = &parts[0];
    if let Some(other) = parts.iter().find(|part| part.manifest.books.read != first.manifest.books.read) {
        let (one, two) = (first.folder.display(), other.folder.display());
        let (read, theirs) = (first.manifest.books.read, other.manifest.books.read);
        return Err(Failure::usage(format!("`{one}` comes from {read} profiles, and `{two}` from {theirs}"))
            .hint("make every partition from the same input"));
    }
    if books.read != first.manifest.books.read {
        let (taken, read) = (books.read, first.manifest.books.read);
        return Err(Failure::usage(format!("the partitions took {taken} profiles, and there were {read}"))
            .hint("make every partition from the same input"));
    }
    Ok(Whole { given, inputs: first.manifest.inputs.clone(), books })
}

/// Traits that stayed behind everywhere: of the most common ones that each folder names, the most common ones of all.
fn left_behind(parts: &[Part]) -> LeftBehind {
    let mut profiles: BTreeMap<&str, u64> = BTreeMap::new();
    for left in parts.iter().flat_map(|part| &part.manifest.left_behind.most_common) {
        *profiles.entry(&left.name).or_default() += left.profiles;
    }
    let most = parts.iter().map(|part| part.manifest.left_behind.traits).max().unwrap_or_default();
    let traits = most.max(profiles.len() as u64);
    let mut most_common: Vec<LeftTrait> =
        profiles.into_iter().map(|(name, profiles)| LeftTrait { name: name.to_owned(), profiles }).collect();
    most_common.sort_by_key(|left| std::cmp::Reverse(left.profiles));
    most_common.truncate(LeftBehind::MOST);
    LeftBehind { traits, most_common }
}

/// Takes over the rows of a table of findings, which must be as its manifest lists it: what somebody wrote into it since
/// would otherwise be nowhere.
fn take_over(table: &mut FindingsTable, part: &Part, listed: &Table) -> Result<(), Failure> {
    let path = part.folder.join(&listed.file);
    let unreadable = |error: io::Error| damaged(format!("cannot take over `{}`", path.display())).because(error);
    let mut theirs = Hashed::new(names::open(&path).map_err(unreadable)?);
    let taken = table.take_over(&mut theirs, listed.rows);
    io::copy(&mut theirs, &mut io::sink()).map_err(unreadable)?;
    if let Err(error) = taken {
        // That there is no room is said of the table that is written, never of the one that is read.
        return Err(match Failure::room(&error) {
            Some(_) => Failure::disk("cannot write the tables of all partitions", error),
            None => unreadable(error),
        });
    }
    if theirs.finish().2 == listed.sha256 { Ok(()) } else { Err(edited(&path)) }
}

/// Insists that nobody wrote into a workbook since it was made; that one is not there loses nothing.
fn unedited(folder: &Path, listed: &Table) -> Result<(), Failure> {
    let path = folder.join(&listed.file);
    let mut hashed = Hashed::new(io::sink());
    match names::open(&path).and_then(|mut file| io::copy(&mut file, &mut hashed)) {
        Ok(_) if hashed.finish().2 == listed.sha256 => Ok(()),
        Ok(_) => Err(edited(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(damaged(format!("cannot read `{}`", path.display())).because(error)),
    }
}

fn edited(path: &Path) -> Failure {
    Failure::usage(format!("`{}` was edited since it was made", path.display())).hint(
        "what is filled in goes to every partition's transform by `--corrections`; run those again with it, then gather",
    )
}

/// Takes over full batches as they are, and packs those that are less than half full anew: requests are scarce.
fn batches(
    parts: &[Part],
    writer: &mut BatchesWriter,
    mut go_on: impl FnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let limits = parts[0].manifest.options.limits();
    let mut packer = Packer::new(limits);
    let several = parts.len() > 1;
    for part in parts {
        for batch in &part.manifest.batches {
            go_on()?;
            origins_are_whole(&part.folder, batch)?;
            if several && limits.is_below_half(batch.bytes, batch.customers) {
                repack(&part.folder, batch, &mut packer, writer)?;
            } else {
                reader::check(&part.folder, batch)?;
                writer.take_over(&part.folder, batch)?;
            }
        }
    }
    if let Some(packed) = packer.finish() {
        writer.write(Files::of(&packed))?;
    }
    Ok(())
}

fn origins_are_whole(folder: &Path, batch: &Batch) -> Result<(), Failure> {
    let path = folder.join(&batch.origins.file);
    let mut hashed = Hashed::new(io::sink());
    names::open(&path)
        .and_then(|mut file| io::copy(&mut file, &mut hashed))
        .map_err(|error| damaged(format!("cannot read `{}`", path.display())).because(error))?;
    if hashed.finish().2 == batch.origins.sha256 {
        return Ok(());
    }
    Err(damaged(format!("`{}` is not the table that the manifest lists", path.display())))
}

fn damaged(what: String) -> Failure {
    Failure::stopped(what).hint("run the transform that made it again, then gather")
}

fn repack(folder: &Path, batch: &Batch, packer: &mut Packer, writer: &mut BatchesWriter) -> Result<(), Failure> {
    let body = reader::listed(folder, batch)?;
    let path = folder.join(&batch.origins.file);
    let unreadable = |error| damaged(format!("cannot read `{}`", path.display())).because(error);
    let rows = origins::read(&path, batch.customers).map_err(unreadable)?;
    let customers = body.customers()?;
    if rows.len() != customers.len() {
        let (rows, customers) = (rows.len(), customers.len());
        return Err(damaged(format!("`{}` has {rows} rows for {customers} customers", path.display())));
    }
    let mut origin = Vec::new();
    for (customer, row) in customers.iter().zip(rows) {
        origin.clear();
        origins::write_row(&mut origin, &row.segment_id, &row.file, row.line);
        if let Some(packed) = packer.add(customer.get().as_bytes(), &origin) {
            writer.write(Files::of(&packed))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::packing::Limits;

    #[test]
    fn a_batch_is_below_half_where_both_limits_leave_as_much_again() {
        let limits = Limits::new(1_000, Some(10));
        for (bytes, customers, below) in [(499, 4, true), (500, 4, false), (10, 5, false), (1_000, 10, false)] {
            assert_eq!(limits.is_below_half(bytes, customers), below, "{bytes} {customers}");
        }
        assert!(Limits::new(1_000, None).is_below_half(499, 1_000_000));
    }
}
