//! What an engine has unloaded into a folder: its files in order of their names, and what is odd about them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// Files of a folder without manifest.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unloaded {
    /// In order of their names.
    pub(super) files: Vec<PathBuf>,
    /// Why profiles may be missing, or there twice.
    pub(super) doubts: Vec<String>,
    /// The engine says that all of it is there, even where that is nothing.
    pub(super) is_whole: bool,
}

/// Looks at a folder without manifest, and at its folders of the form `key=value`; names that begin with `_` or `.` are
/// the engine's own.
///
/// # Errors
/// A folder that cannot be read, that is an unfinished one of ours, or that holds what no engine leaves there.
pub(super) fn look(folder: &Path) -> Result<Unloaded, Failure> {
    let mut unloaded = Unloaded::default();
    // A folder may be written anew beside others, so the files of one folder are compared.
    let mut writes = BTreeMap::<PathBuf, BTreeSet<String>>::new();
    let (mut parts, mut success, mut temporary) = (false, false, false);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if is_ours(&name) {
                return Err(unfinished(&folder));
            }
            success |= name == "_SUCCESS";
            temporary |= name == "_temporary";
            if name.starts_with(['_', '.']) || is_list(&name) {
                continue;
            }
            // A link is as good as a file here: whoever made the folder is not ours.
            let kind = fs::metadata(&path).map_err(|error| unreadable(&path, error))?;
            if kind.is_dir() {
                if !name.contains('=') {
                    return Err(Failure::usage(format!(
                        "`{}` is a folder in a folder, and not of the form `key=value`",
                        path.display()
                    ))
                    .hint("name the folders that hold the files, each for itself"));
                }
                folders.push(path);
            } else if kind.is_file() {
                parts |= name.starts_with("part-");
                writes.entry(folder.clone()).or_default().extend(write_of(&name).map(str::to_owned));
                unloaded.files.push(path);
            } else {
                return Err(Failure::usage(format!("`{}` is no regular file", path.display())));
            }
        }
    }
    unloaded.files.sort();
    unloaded.is_whole = success && !temporary;
    let here = folder.display();
    if temporary {
        unloaded.doubts.push(format!("`{here}` holds `_temporary`: its write is under way, or broke off"));
    }
    if parts && !success && !temporary {
        unloaded
            .doubts
            .push(format!("`{here}` has no `_SUCCESS` beside its `part-` files: its write may not be whole"));
    }
    for (folder, writes) in writes.iter().filter(|(_, writes)| writes.len() > 1) {
        let (here, writes) = (folder.display(), writes.len());
        unloaded.doubts.push(format!("`{here}` holds the files of {writes} writes: profiles may be there twice"));
    }
    Ok(unloaded)
}

/// Names that only our own folders have.
fn is_ours(name: &str) -> bool {
    let numbered = |prefix: &str, end: &str| {
        let number = name.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(end));
        number.is_some_and(|number| number.len() >= 6 && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    numbered("profiles-", ".ndjson.gz")
        || numbered("batch-", ".json.gz")
        || matches!(name, "listing.ndjson" | ".staging")
}

/// The list of files that Redshift leaves beside them, under their prefix.
fn is_list(name: &str) -> bool {
    name.ends_with("manifest")
}

/// The write that a file is of, by its name: of Spark `part-00000-<uuid>-c000.txt.gz`, of Databricks
/// `part-00000-tid-<number>-<uuid>-1-1-c000.txt.gz`, of Snowflake `data_<uuid>_0_0_0.json.gz`, of Synapse
/// `QID100_20261127_101112_0.txt.gz`, and of Hive `000000_0_copy_1`, which stands beside the `000000_0` of an earlier one.
fn write_of(name: &str) -> Option<&str> {
    if let Some((_, numbered)) = name.strip_prefix("part-").and_then(|rest| rest.split_once('-')) {
        let transaction = numbered.strip_prefix("tid-").and_then(|rest| rest.split_once('-'));
        return transaction.map(|(number, _)| number).or_else(|| uuid_at(numbered));
    }
    if let Some((number, _)) = name.strip_prefix("QID").and_then(|rest| rest.split_once('_')) {
        return is_number(number).then_some(number);
    }
    let stem = name.split('.').next().unwrap_or_default();
    let mut ends = stem.rsplitn(4, '_');
    if ends.by_ref().take(3).filter(|part| is_number(part)).count() == 3
        && let Some(begin) = ends.next().and_then(|before| before.len().checked_sub(36).and_then(|at| before.get(at..)))
    {
        return uuid_at(begin);
    }
    if let Some((original, copy)) = stem.split_once("_copy_") {
        return (is_hive(original) && is_number(copy)).then_some(copy);
    }
    is_hive(stem).then_some("0")
}

/// `000000_0`, the file of a task and its try.
fn is_hive(name: &str) -> bool {
    name.split_once('_').is_some_and(|(task, run)| task.len() == 6 && is_number(task) && is_number(run))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The UUID with which a text begins.
fn uuid_at(text: &str) -> Option<&str> {
    let id = text.get(..36)?;
    let shaped =
        |(at, byte): (usize, u8)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() };
    id.bytes().enumerate().all(shaped).then_some(id)
}

fn unfinished(folder: &Path) -> Failure {
    Failure::usage(format!("`{}` has no `manifest.json`, so it is no archive", folder.display())).hint(
        "it is an unfinished folder of this program: run the command that made it again; or name its files themselves",
    )
}

fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::stopped(format!("cannot read `{}`", path.display())).because(error).again("see to the cause, then")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(names: &[&str]) -> Result<(Vec<String>, Vec<String>), String> {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if name.ends_with('/') { fs::create_dir_all(path).unwrap() } else { fs::write(path, "").unwrap() }
        }
        let here = folder.path().display().to_string();
        let short = |text: String| text.replace(&format!("{here}/"), "").replace(&here, "F");
        let unloaded = look(folder.path()).map_err(|failure| short(failure.message))?;
        let files = unloaded.files.iter().map(|path| short(path.display().to_string())).collect();
        Ok((files, unloaded.doubts.into_iter().map(short).collect()))
    }

    const ONE: &str = "part-00000-0f0f0f0f-1a1a-4b4b-8c8c-000000000001-c000.txt.gz";
    const OTHER: &str = "part-00000-0f0f0f0f-1a1a-4b4b-8c8c-000000000002-c000.txt.gz";

    #[test]
    fn files_come_in_order_of_their_names_and_the_engines_own_are_left_out() {
        let names = ["b", "_SUCCESS", "day=2/x", ".b.crc", "day=1/x", "_committed_1", "manifest", "amanifest", "a"];
        let files = ["a", "b", "day=1/x", "day=2/x"].map(String::from).to_vec();
        assert_eq!(looked(&names), Ok((files, vec![])));
        assert_eq!(looked(&[ONE, "_SUCCESS"]), Ok((vec![ONE.into()], vec![])));
        assert_eq!(looked(&[]), Ok((vec![], vec![])));
    }

    #[test]
    fn odd_folders_are_told_or_refused() {
        let told = |names: &[&str]| looked(names).unwrap().1.join("; ");
        assert_eq!(told(&[ONE]), "`F` has no `_SUCCESS` beside its `part-` files: its write may not be whole");
        assert_eq!(told(&[ONE, "_temporary/0/x"]), "`F` holds `_temporary`: its write is under way, or broke off");
        assert_eq!(told(&[ONE, OTHER, "_SUCCESS"]), "`F` holds the files of 2 writes: profiles may be there twice");
        for [one, other] in [
            [
                "part-00000-tid-11-0f0f0f0f-1a1a-4b4b-8c8c-000000000001-4-1-c000.txt",
                "part-00000-tid-22-0f0f0f0f-1a1a-4b4b-8c8c-000000000002-4-1-c000.txt",
            ],
            [
                "data_0f0f0f0f-1a1a-4b4b-8c8c-000000000001_0_0_0.json.gz",
                "data_0f0f0f0f-1a1a-4b4b-8c8c-000000000002_0_0_0.json.gz",
            ],
            ["QID100_20261127_101112_0.txt.gz", "QID200_20261127_101112_0.txt.gz"],
            ["000000_0.gz", "000000_0_copy_1.gz"],
        ] {
            let twice = "holds the files of 2 writes: profiles may be there twice";
            assert_eq!(told(&[one, other, "_SUCCESS"]), format!("`F` {twice}"));
            assert_eq!(told(&[&format!("d=1/{one}"), &format!("d=2/{other}"), "_SUCCESS"]), "");
            assert_eq!(told(&[&format!("d=1/{one}"), &format!("d=1/{other}"), "_SUCCESS"]), format!("`d=1` {twice}"));
        }
        // Files of one write, and names that tell of none.
        for names in
            [["data_0_0_0.json.gz", "data_0_1_0.json.gz"], ["000000_0", "000001_0"], ["QID1_1_0.txt", "QID1_1_1.txt"]]
        {
            assert_eq!(told(&[names[0], names[1]]), "");
        }
        let ours = "`F` has no `manifest.json`, so it is no archive";
        for name in ["profiles-000001.ndjson.gz", "batch-000001.json.gz", "listing.ndjson", ".staging/x"] {
            assert_eq!(looked(&[name]), Err(ours.into()), "{name}");
        }
        let inner = "`inner` is a folder in a folder, and not of the form `key=value`";
        assert_eq!(looked(&["inner/x"]), Err(inner.into()));
    }
}
