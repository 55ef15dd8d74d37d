//! What is written never destroys what is read: outputs are held against inputs and against each other.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::{Path, PathBuf},
};

use super::parent;
use crate::failure::Failure;

/// A file, folder or stream of a command line.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// What messages call it: "`--rejects`", "the input".
    pub what: &'a str,
    /// As it was typed; `-` is stdin where it is read and stdout where it is written.
    pub path: &'a Path,
}

/// What makes two paths one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    /// Device and inode: links of every kind, `./a` and `a`, `/dev/stdin` and the file behind it are one.
    Inode(u64, u64),
    /// Nothing is there yet: its folder, and its name in it.
    Absent(PathBuf),
    /// Stdout where it is a terminal or another device.
    Stdout,
    /// A device: a terminal and `/dev/null` take whatever comes, from everybody.
    Device,
}

/// Refuses a command line on which an output is also an input or another output, whatever the spelling.
///
/// # Errors
/// The first pair that is one, as wrong usage.
pub fn keep_apart(read: &[Named<'_>], written: &[Named<'_>]) -> Result<(), Failure> {
    let read: Vec<_> = read.iter().map(|named| (named, identity(named.path, Path::new("/dev/stdin")))).collect();
    let mut before: Vec<(&Named<'_>, Identity)> = Vec::new();
    for named in written {
        let own = identity(named.path, Path::new("/dev/stdout"));
        if own != Identity::Device {
            if let Some((input, _)) = read.iter().find(|(_, identity)| *identity == own) {
                return Err(one_and_the_same(named, input, "writing it would destroy what is read"));
            }
            if let Some((other, _)) = before.iter().find(|(_, identity)| *identity == own) {
                return Err(one_and_the_same(named, other, "one would overwrite the other"));
            }
        }
        before.push((named, own));
    }
    Ok(())
}

/// Refuses an output that is a folder or lies in none, so that it is known before anything is done; and one that would be written
/// over a file that a phase has made, or is about to make in `folder`: somebody's batches are no place for a page or a table,
/// whatever reads them.
///
/// # Errors
/// The first such output, as wrong usage.
pub fn check_places(written: &[Named<'_>], folder: Option<&Path>) -> Result<(), Failure> {
    // What is not there yet is compared as it is spelt.
    let place = |path: &Path| fs::canonicalize(path).or_else(|_| std::path::absolute(path)).ok();
    let same = |one: &Path, other: &Path| place(one).is_some_and(|one| Some(one) == place(other));
    let is_receipts =
        |folder: &Path| folder.parent().is_some_and(|above| above.file_name() == Some("receipts".as_ref()));
    for named in written {
        let (what, shown) = (named.what, named.path.display());
        if named.path.is_dir() {
            return Err(Failure::usage(format!("{what} is `{shown}`, which is a folder"))
                .hint(format!("name a file for {what}")));
        }
        let above = parent(named.path);
        if matches!(above.metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound) {
            // The folder of a transform is made by it.
            if !folder.is_some_and(|folder| same(folder, above)) {
                let make = crate::invocation::quoted(&above.display().to_string());
                return Err(Failure::usage(format!(
                    "{what} is `{shown}`, and there is no folder `{}`",
                    above.display()
                ))
                .hint(format!("make it: `mkdir -p {make}`")));
            }
        }
        // A link is written through.
        let path = fs::canonicalize(named.path).unwrap_or_else(|_| named.path.to_owned());
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let within = parent(&path);
        let is_folder = within.join("manifest.json").exists() || folder.is_some_and(|folder| same(folder, within));
        let is_taken = is_folder && OURS.iter().any(|ours| is_named(name, ours));
        if is_taken || is_receipts(within) && OURS_OF_A_TARGET.iter().any(|ours| is_named(name, ours)) {
            let within = within.display();
            return Err(Failure::usage(format!("{what} is `{shown}`, which is one of the files of `{within}`"))
                .hint(format!("give another place for {what}")));
        }
    }
    Ok(())
}

/// Names of what phases write into their folders; with a star at the end, how they begin.
const OURS: [&str; 17] = [
    "manifest.json",
    ".lock",
    "ids.index",
    "listing.ndjson",
    "coverage.json",
    "failures.csv",
    "rejects.csv",
    "rejects.xlsx",
    "warnings.csv",
    "warnings.xlsx",
    "corrections.csv",
    "batch-*",
    "origins-*",
    "profiles-*",
    "receipts",
    "outcomes",
    "verify",
];
/// The same beside the receipts of a target.
const OURS_OF_A_TARGET: [&str; 7] =
    [".lock", "batch-*", "refused.*", "verify.*", "taken-*", "export-in-hand", "outcomes"];

fn is_named(name: &str, ours: &str) -> bool {
    match ours.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => name == ours,
    }
}

/// What is given, each once, where it stands first, whatever the spelling; what is left out is told. A device is read as often
/// as it is given, and what is not there is left to whoever looks for it.
pub fn once_each<T>(given: Vec<T>, path: impl Fn(&T) -> PathBuf) -> Vec<T> {
    if given.len() < 2 {
        return given;
    }
    let (mut seen, mut repeats) = (HashMap::new(), Vec::new());
    let mut is_new = |one: &T| {
        let path = path(one);
        let identity = identity(&path, Path::new("/dev/stdin"));
        if !matches!(identity, Identity::Inode(..)) {
            return true;
        }
        match seen.get(&identity) {
            None => drop(seen.insert(identity, path)),
            Some(first) => {
                repeats.push((path, PathBuf::clone(first)));
                return false;
            }
        }
        true
    };
    let kept = given.into_iter().filter(|one| is_new(one)).collect();
    if let Some((again, first)) = repeats.first() {
        let (path, more) = (again.display(), repeats.len() - 1);
        let what = if again == first { "before".into() } else { format!("before, as `{}`", first.display()) };
        let more = if more > 0 { format!(", and so were {more} more") } else { String::new() };
        tracing::warn!("`{path}` was given {what}{more}; what is given twice is taken once");
    }
    kept
}

fn identity(path: &Path, standard: &Path) -> Identity {
    let is_stdout = standard.ends_with("stdout")
        && ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name));
    let there = if path == Path::new("-") { standard } else { path };
    match fs::metadata(there) {
        Ok(metadata) if metadata.file_type().is_char_device() || metadata.file_type().is_socket() => {
            if is_stdout {
                Identity::Stdout
            } else {
                Identity::Device
            }
        }
        Ok(metadata) => Identity::Inode(metadata.dev(), metadata.ino()),
        Err(_) => Identity::Absent(absent(there).unwrap_or_else(|_| there.to_owned())),
    }
}

/// Where a file will be, links followed: through the last one, too, whose target is not there yet.
fn absent(path: &Path) -> io::Result<PathBuf> {
    let path = match fs::read_link(path) {
        Ok(target) => parent(path).join(target),
        Err(_) => path.to_owned(),
    };
    let name = path.file_name().unwrap_or_default();
    Ok(fs::canonicalize(parent(&path))?.join(name))
}

fn one_and_the_same(output: &Named<'_>, other: &Named<'_>, why: &str) -> Failure {
    let (named, also) = (output.path.display(), other.path.display());
    let pair = if output.path == other.path {
        format!("{} and {} are both `{named}`", output.what, other.what)
    } else {
        format!("{} `{named}` and {} `{also}` are one and the same", output.what, other.what)
    };
    Failure::usage(format!("{pair}: {why}")).hint(format!("give another place for {}", output.what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_one_whatever_its_spelling() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        fs::write(at("people"), "").unwrap();
        fs::hard_link(at("people"), at("hard")).unwrap();
        std::os::unix::fs::symlink("people", at("soft")).unwrap();
        std::os::unix::fs::symlink("sub/new", at("dangling")).unwrap();
        let said = |read: &str, written: &[&str]| {
            let read = at(read);
            let written: Vec<PathBuf> = written.iter().map(|name| at(name)).collect();
            let written: Vec<Named> = written.iter().map(|path| Named { what: "`-o`", path }).collect();
            keep_apart(&[Named { what: "the input", path: &read }], &written).map_err(|failure| failure.to_string())
        };
        for same in ["people", "sub/../people", "hard", "soft", "./people"] {
            assert!(said("people", &["other", same]).is_err(), "{same}");
        }
        assert!(said("people", &["new", "sub/../new"]).unwrap_err().contains("one would overwrite the other"));
        assert!(said("people", &["sub/new", "dangling"]).is_err());
        assert!(said("absent", &["absent"]).is_err(), "not there yet, but it may be in a moment");
        assert_eq!(said("people", &["other", "new", "sub/new"]), Ok(()));
        let null = Named { what: "`-o`", path: Path::new("/dev/null") };
        assert!(keep_apart(&[null], &[null, null]).is_ok());
    }

    #[test]
    fn what_a_phase_has_made_is_no_place_for_anything_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for made in ["batches/receipts/target", "plain", "new"] {
            fs::create_dir_all(at(made)).unwrap();
        }
        fs::write(at("batches/manifest.json"), "{}").unwrap();
        fs::write(at("batches/batch-000001.json.gz"), "").unwrap();
        std::os::unix::fs::symlink("batches/batch-000001.json.gz", at("link")).unwrap();
        let is_spared = |name: &str| {
            let path = at(name);
            check_places(&[Named { what: "`-o`", path: &path }], Some(&at("new"))).is_ok()
        };
        for taken in [
            "batches/manifest.json",
            "batches/batch-000001.json.gz",
            "batches/batch-000009.json.gz",
            "batches/./rejects.csv",
            "batches/receipts/target/refused.csv",
            "batches/receipts/target/batch-000001.json",
            "link",
            "new/rejects.csv",
            "new/./rejects.csv",
        ] {
            assert!(!is_spared(taken), "{taken}");
        }
        for free in [
            "batches/report.html",
            "batches/skipped.csv",
            "plain/manifest.json",
            "plain/rejects.csv",
            "report.html",
            "batches/receipts/target/mine.csv",
            "new/skipped.csv",
        ] {
            assert!(is_spared(free), "{free}");
        }
    }
}
