//! Reads profiles line by line: archives, single files or standard input; gzip or plain, told by content, never by name.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

pub use super::lines::{LONGEST_LINE, Lines};
use super::{
    block::Block,
    manifest::{ArchiveManifest, Part},
    pattern, spelling,
    trait_texts::TextsAre,
    unloaded,
};
use crate::{
    digest::{self, Hashed},
    failure::Failure,
    invocation::Export,
    manifest::names,
    publish,
};

/// A part that has more compressed bytes than this is read twice, and never held in memory.
const LARGEST_IN_MEMORY: u64 = 16 << 20;
/// One thing to read lines from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineSource {
    /// A part of an archive, to be checked against its manifest.
    Part {
        /// The archive's folder.
        folder: PathBuf,
        /// What its manifest says of the part.
        part: Part,
    },
    /// A file that was named, or found in a folder without manifest.
    File(PathBuf),
    /// Standard input, which can be read once.
    Stdin,
}

/// What there is to read, and what is odd about it.
#[derive(Debug, Default)]
pub struct Found {
    /// What to read, in input order.
    pub sources: Vec<LineSource>,
    /// What is odd about it.
    pub remarks: Remarks,
}

/// What is odd about inputs, in the words for whoever reads them.
#[derive(Debug, Clone, Default)]
pub struct Remarks {
    /// Why profiles may be missing, or there twice: an export that is not finished, a write that broke off, …
    pub doubts: Vec<String>,
    /// What is worth saying and no more: an export that ended, and is not known to be complete.
    pub notes: Vec<String>,
}

impl Remarks {
    /// All of them, as they are told.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.doubts.iter().chain(&self.notes)
    }
}

/// Finds what there is to read.
///
/// # Errors
/// An input that is not there, a folder of another kind, or an unfinished one of ours.
pub fn sources(inputs: &[PathBuf]) -> Result<Vec<LineSource>, Failure> {
    found(inputs).map(|found| found.sources)
}

/// Finds what there is to read, with what is odd about it.
///
/// # Errors
/// As for [`sources`].
pub fn found(inputs: &[PathBuf]) -> Result<Found, Failure> {
    let mut found = Found::default();
    for input in inputs {
        if input.as_os_str() == "-" {
            found.sources.push(LineSource::Stdin);
        } else if input.is_dir() {
            found.folder(input)?;
        } else if input.exists() {
            found.sources.push(LineSource::File(input.clone()));
        } else {
            found.matching(input)?;
        }
    }
    found.sources = publish::once_each(found.sources, LineSource::path);
    Ok(found)
}

impl Found {
    /// What a pattern names: files, and folders like those that were named.
    fn matching(&mut self, pattern: &Path) -> Result<(), Failure> {
        let paths = pattern::named(pattern)?;
        if paths.is_empty() {
            return Err(Failure::usage(format!("there is no file or folder `{}`", pattern.display()))
                .command("name an archive or its files, or make one:", Export::default()));
        }
        for path in paths {
            if path.is_dir() { self.folder(&path)? } else { self.sources.push(LineSource::File(path)) }
        }
        Ok(())
    }

    /// An archive by its manifest, and without one what an engine has unloaded.
    fn folder(&mut self, input: &Path) -> Result<(), Failure> {
        if let Some(manifest) = ArchiveManifest::read(input)? {
            let named = |words: String| format!("`{}` {words}", input.display());
            self.remarks.doubts.extend(manifest.doubt().map(named));
            self.remarks.notes.extend(manifest.note().map(named));
            self.sources
                .extend(manifest.parts.into_iter().map(|part| LineSource::Part { folder: input.to_owned(), part }));
            return Ok(());
        }
        let unloaded = unloaded::look(input)?;
        // A share of the profiles may be empty.
        if unloaded.files.is_empty() && !unloaded.is_whole {
            return Err(Failure::usage(format!("`{}` has no `manifest.json`, so it is no archive", input.display()))
                .hint("it holds no files either; name an archive, or a folder of what an engine unloaded"));
        }
        self.remarks.doubts.extend(unloaded.doubts);
        self.sources.extend(unloaded.files.into_iter().map(LineSource::File));
        Ok(())
    }
}

/// How many profiles there are, where manifests say so of all of them.
#[must_use]
pub fn profiles(sources: &[LineSource]) -> Option<u64> {
    let known = |source: &LineSource| match source {
        LineSource::Part { part, .. } => Some(part.profiles),
        LineSource::File(_) | LineSource::Stdin => None,
    };
    sources.iter().map(known).sum()
}

impl LineSource {
    /// The file that is read; `-` for standard input.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Part { folder, part } => folder.join(&part.file),
            Self::File(path) => path.clone(),
            Self::Stdin => "-".into(),
        }
    }

    /// The name in tables and manifests.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Part { part, .. } => part.file.clone(),
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "-".into(),
        }
    }

    /// Of a part the SHA-256 of its file, which the manifest lists.
    #[must_use]
    pub fn part_sha256(&self) -> Option<&str> {
        match self {
            Self::Part { part, .. } => Some(&part.sha256),
            Self::File(_) | Self::Stdin => None,
        }
    }

    /// Lines of it in the spelling of an archive, whoever wrote them; those of an archive are in it.
    #[must_use]
    pub fn spelt(&self, block: Block, texts: TextsAre) -> Block {
        let has_texts = spelling::has_texts(&block);
        if matches!(self, Self::Part { .. }) { block } else { spelling::canonical(block, texts, has_texts) }
    }

    /// Whether it can be read while others are: a pipe gives its content once, to whoever asks first, and may wait for others.
    pub(super) fn is_regular(&self) -> bool {
        match self {
            Self::Part { .. } => true,
            Self::File(path) => path.is_file(),
            Self::Stdin => false,
        }
    }

    /// Opens it, checking a part against its manifest first.
    ///
    /// # Errors
    /// A file that cannot be read, that is in a form which is not read, or a part that is not what the manifest says.
    pub fn open(&self) -> Result<Lines, Failure> {
        let input: Box<dyn Read + Send> = match self {
            Self::Part { folder, part } if part.bytes <= LARGEST_IN_MEMORY => {
                let mut bytes = Vec::new();
                read_checked_part(folder, part, &mut bytes)?;
                Box::new(io::Cursor::new(bytes))
            }
            Self::Part { folder, part } => Box::new(checked_part(folder, part)?),
            Self::File(path) => {
                let file = File::open(path)
                    .map_err(|error| Failure::stopped(format!("cannot read `{}`", path.display())).because(error))?;
                Box::new(file)
            }
            Self::Stdin => Box::new(io::stdin()),
        };
        Lines::new(self.name(), input)
    }
}

/// Reads the bytes of a part into a buffer, if they are what the manifest says.
pub(super) fn read_checked_part(folder: &Path, part: &Part, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    let path = folder.join(&part.file);
    bytes.clear();
    // Another file may be of any length, and only one that is as long as it should be is read, in one go.
    let read = |mut file: File| {
        let is_so_long = file.metadata()?.len() == part.bytes;
        if is_so_long { file.read_to_end(bytes).map(|_| ()) } else { Ok(()) }
    };
    names::open(&path).and_then(read).map_err(|error| unreadable_part(&path, error))?;
    if bytes.len() as u64 != part.bytes || digest::sha256(bytes) != part.sha256 {
        return Err(not_the_part(&path));
    }
    Ok(())
}

/// Opens a part that is too large for the memory, after it was read once to see whether it is what the manifest says.
fn checked_part(folder: &Path, part: &Part) -> Result<File, Failure> {
    let path = folder.join(&part.file);
    let mut hashed = Hashed::new(io::sink());
    names::open(&path)
        .and_then(|mut file| io::copy(&mut file, &mut hashed))
        .map_err(|error| unreadable_part(&path, error))?;
    let (_, bytes, sha256) = hashed.finish();
    if bytes != part.bytes || sha256 != part.sha256 {
        return Err(not_the_part(&path));
    }
    names::open(&path).map_err(|error| unreadable_part(&path, error))
}

fn unreadable_part(path: &Path, error: io::Error) -> Failure {
    let failure = Failure::stopped(format!("cannot read `{}`", path.display()));
    match error.kind() {
        // Then the system's own reason says what to do.
        io::ErrorKind::PermissionDenied => failure.because(error),
        _ => failure.because(error).hint("bring the original back, or export again into another folder"),
    }
}

fn not_the_part(path: &Path) -> Failure {
    Failure::stopped(format!("`{}` is not the part that the manifest lists", path.display()))
        .hint("it was damaged or changed; bring the original back, or export again into another folder")
}
