//! `batches/ids.index`: by which texts somebody in a part of an archive is known, so that whoever looks for one person reads
//! the few parts that may hold them, not all.
//!
//! Behind a first line stands for each part a line with the SHA-256 of its file and a length in bytes, then a filter of that
//! length. Of each text (trimmed, at most its first 64 bytes, each with its bit 0x20 set, so that capitals do not matter) a hash
//! of 64 bits sets two bits of the filter: each half of it, as a fraction of 2^32, is a place in it. There are eight
//! bits a text, and 64 bytes at least, so that one part in twenty is read without need. A filter without bits is one of a part that may hold anybody.
//! A part may come several times, where partitions took a share of it each.

use std::{
    collections::{HashMap, HashSet},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::filter::{Filter, LARGEST, hash};
use crate::{
    digest::{self, Hashed},
    manifest::names,
    publish::{Staging, Unpublished},
};

/// Its name in a folder of batches.
pub const FILE: &str = "ids.index";

/// How the file begins.
const FIRST_LINE: &[u8] = b"ids 1\n";
/// Entries that are read at most; an archive has a part for each 1,000 profiles.
const MOST_ENTRIES: usize = 1 << 20;
/// The index of a folder, as its manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// File name in the folder.
    #[serde(deserialize_with = "names::file_name")]
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    #[serde(deserialize_with = "names::sha256")]
    pub sha256: String,
}

/// An index on its way to the disk.
#[derive(Debug)]
pub struct IndexWriter {
    file: BufWriter<Hashed<Unpublished>>,
    any: bool,
}

impl IndexWriter {
    /// Begins an index.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 16, Hashed::new(Unpublished::create(path)?));
        file.write_all(FIRST_LINE)?;
        Ok(Self { file, any: false })
    }

    /// Adds a filter of lines of a part, which the SHA-256 of its file names.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn add(&mut self, part_sha256: &str, filter: &Filter) -> io::Result<()> {
        self.any = true;
        writeln!(self.file, "{part_sha256} {}", filter.0.len())?;
        self.file.write_all(&filter.0)
    }

    /// Lets it wait with other files of its folder, unless there is nothing in it.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn stage(self, staging: &Staging) -> io::Result<Option<Listed>> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        if !self.any {
            return Ok(None);
        }
        let (file, _, sha256) = file.finish();
        staging.place(file)?;
        Ok(Some(Listed { file: FILE.into(), sha256 }))
    }
}

/// One index of several; none where one of them is gone or was damaged.
///
/// # Errors
/// A disk that fails, or an index that is there and cannot be read.
pub fn merge<'a>(
    folders: impl IntoIterator<Item = (&'a Path, Option<&'a Listed>)>,
    path: &Path,
    staging: &Staging,
) -> io::Result<Option<Listed>> {
    let mut merged = IndexWriter::create(path)?;
    for (folder, listed) in folders {
        let Some(listed) = listed else { return Ok(None) };
        let mut written = Ok(());
        let read = each(folder, listed, |part_sha256, filter| {
            if written.is_ok() {
                written = merged.add(part_sha256, filter);
            }
        });
        written?;
        match read {
            Ok(()) => {}
            // Without it an id takes longer to find, and nothing is lost.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
    merged.stage(staging)
}

/// Which parts certainly hold nobody who is known by a text, told by the SHA-256 of their files.
///
/// # Errors
/// An index that is not there, is another than is listed, or makes no sense.
pub fn parts_without(folder: &Path, listed: &Listed, text: &str) -> io::Result<HashSet<String>> {
    let (wanted, mut parts) = (hash(text), HashMap::new());
    each(folder, listed, |part_sha256, filter| {
        let may_hold = filter.may_hold(wanted);
        parts.entry(part_sha256.to_owned()).and_modify(|before| *before |= may_hold).or_insert(may_hold);
    })?;
    Ok(parts.into_iter().filter(|(_, may_hold)| !may_hold).map(|(part, _)| part).collect())
}

/// Reads all entries. What was read counts only where this ends without an error.
fn each(folder: &Path, listed: &Listed, mut entry: impl FnMut(&str, &Filter)) -> io::Result<()> {
    let file = Hashed::new(names::open(&folder.join(&listed.file))?);
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    (&mut file).take(FIRST_LINE.len() as u64).read_to_end(&mut line)?;
    if line != FIRST_LINE {
        return Err(wrong());
    }
    let mut filter = Filter(Vec::new());
    for _ in 0..MOST_ENTRIES {
        line.clear();
        if (&mut file).take(80).read_until(b'\n', &mut line)? == 0 {
            let is_listed = file.into_inner().finish().2 == listed.sha256;
            return if is_listed { Ok(()) } else { Err(wrong()) };
        }
        let (part, length) = heading(&line).ok_or_else(wrong)?;
        filter.0.clear();
        if (&mut file).take(length as u64).read_to_end(&mut filter.0)? != length {
            return Err(wrong());
        }
        entry(part, &filter);
    }
    Err(wrong())
}

/// The hash and the length in the line before a filter.
fn heading(line: &[u8]) -> Option<(&str, usize)> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (part, length) = line.split_once(' ')?;
    let length = length.parse().ok().filter(|length| *length <= LARGEST)?;
    digest::is_sha256(part).then_some((part, length))
}

fn wrong() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it is not the index that the manifest lists")
}

#[cfg(test)]
mod tests {
    use super::{super::filter::Keys, *};

    #[test]
    fn an_index_comes_back_as_it_was_written_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let parts = ["a", "b", "c"].map(|part| digest::sha256(part.as_bytes()));
        let mut writer = IndexWriter::create(&path).unwrap();
        for (part, texts) in [(&parts[0], ["one"]), (&parts[1], ["two"]), (&parts[0], ["three"])] {
            writer.add(part, &Keys::of(&texts).filter()).unwrap();
        }
        let mut anybody = Keys::default();
        anybody.add_anybody();
        writer.add(&parts[2], &anybody.filter()).unwrap();
        let staging = Staging::start().unwrap();
        let listed = writer.stage(&staging).unwrap().unwrap();
        let without = |listed: &Listed, text: &str| {
            let without = parts_without(folder.path(), listed, text)?;
            io::Result::Ok(parts.iter().filter(|part| without.contains(*part)).cloned().collect::<Vec<_>>())
        };
        assert_eq!(without(&listed, "one").unwrap(), [parts[1].clone()]);
        assert_eq!(without(&listed, " THREE").unwrap(), [parts[1].clone()]);
        assert_eq!(without(&listed, "two").unwrap(), [parts[0].clone()]);
        assert_eq!(without(&listed, "four").unwrap(), parts[..2]);

        // Two folders are one index, and what is missing in one is missing in all.
        let merged = tempfile::tempdir().unwrap();
        let there = (folder.path(), Some(&listed));
        let both = merge([there, there], &merged.path().join(FILE), &staging).unwrap().unwrap();
        assert_eq!(parts_without(merged.path(), &both, "two").unwrap(), HashSet::from([parts[0].clone()]));
        assert_eq!(merge([there, (folder.path(), None)], &merged.path().join(FILE), &staging).unwrap(), None);

        let bytes = std::fs::read(&path).unwrap();
        let other = Listed { sha256: parts[0].clone(), ..listed.clone() };
        assert!(without(&other, "one").is_err());
        for cut in [0, 3, FIRST_LINE.len(), FIRST_LINE.len() + 10, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(without(&listed, "one").is_err(), "{cut}");
            assert_eq!(merge([there], &merged.path().join(FILE), &staging).unwrap(), None);
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(merge([there], &merged.path().join(FILE), &staging).unwrap(), None);
        std::fs::create_dir(&path).unwrap();
        assert!(merge([there], &merged.path().join(FILE), &staging).is_err());
        std::fs::remove_dir(&path).unwrap();
        let mut changed = bytes.clone();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(&path, changed).unwrap();
        assert!(without(&listed, "one").is_err());
    }
}
