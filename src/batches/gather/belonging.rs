//! Whether folders belong together: all partitions of one transform, each of them once, and nobody missing.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::{
    Part,
    taken::{damaged, edited},
};
use crate::{
    batches::manifest::{BatchesManifest, Given, Input, Table, TransformBooks},
    digest,
    failure::Failure,
    manifest::names,
};

/// Reads the folders, in the order of their partitions.
pub(super) fn parts(folders: &[PathBuf]) -> Result<Vec<Part>, Failure> {
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
pub(super) struct Whole {
    pub(super) given: Vec<Given>,
    pub(super) inputs: Vec<Input>,
    pub(super) books: TransformBooks,
}

/// Insists that nobody is missing: either each took its share of the same profiles, or each took all of its own.
pub(super) fn one_whole(parts: &[Part]) -> Result<Whole, Failure> {
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

/// Insists that nobody wrote into a workbook since it was made; that one is not there loses nothing.
fn unedited(folder: &Path, listed: &Table) -> Result<(), Failure> {
    let path = folder.join(&listed.file);
    match names::open(&path).and_then(digest::of_open) {
        Ok(sha256) if sha256 == listed.sha256 => Ok(()),
        Ok(_) => Err(edited(&path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(damaged(format!("cannot read `{}`", path.display())).because(error)),
    }
}
