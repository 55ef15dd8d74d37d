//! Reads profiles line by line: archives, single files or standard input; gzip or plain, told by content, never by name.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use super::manifest::{Manifest, Part};
use crate::{digest, failure::Failure, invocation::Export};

/// Bytes of lines in a block; a longer line makes a longer block.
const BLOCK_BYTES: usize = 1 << 20;

/// Most bytes of a line; of a longer one the beginning is kept, and it is no profile.
pub const LONGEST_LINE: usize = 16 << 20;
/// What is kept of a line that is too long.
const BEGINNING: usize = 1 << 10;

/// One thing to read lines from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A part of an archive, to be checked against its manifest.
    Part {
        /// The archive's folder.
        folder: PathBuf,
        /// What its manifest says of the part.
        part: Part,
    },
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// Whole lines that belong together, with the place of the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The lines, each with its line break, except perhaps the last one.
    pub bytes: Vec<u8>,
    /// Number of the first line in its file, counted from 1.
    pub first_line: u64,
    /// Number of a line of which only the beginning is here, since it is longer than [`LONGEST_LINE`].
    pub overlong: Option<u64>,
}

/// Finds what there is to read.
///
/// # Errors
/// An input that is not there, or a folder without manifest.
pub fn sources(inputs: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            sources.push(Source::Stdin);
        } else if input.is_dir() {
            let manifest = Manifest::read(input)?.ok_or_else(|| {
                Failure::usage(format!("`{}` has no `manifest.json`, so it is no archive", input.display()))
                    .command("name the files themselves, or finish the archive:", Export::into(input))
            })?;
            sources.extend(manifest.parts.into_iter().map(|part| Source::Part { folder: input.clone(), part }));
        } else if input.exists() {
            sources.push(Source::File(input.clone()));
        } else {
            sources.extend(expand(input)?);
        }
    }
    Ok(sources)
}

/// How many profiles there are, where manifests say so of all of them.
#[must_use]
pub fn profiles(sources: &[Source]) -> Option<u64> {
    let known = |source: &Source| match source {
        Source::Part { part, .. } => Some(part.profiles),
        Source::File(_) | Source::Stdin => None,
    };
    sources.iter().map(known).sum()
}

/// The files that a pattern names, in order.
fn expand(pattern: &Path) -> Result<Vec<Source>, Failure> {
    let missing = || {
        Failure::usage(format!("there is no file or folder `{}`", pattern.display()))
            .command("name an archive or its files, or make one:", Export::default())
    };
    let paths = glob::glob(&pattern.to_string_lossy()).map_err(|error| missing().because(error))?;
    let files: Vec<Source> = paths.flatten().map(Source::File).collect();
    if files.is_empty() { Err(missing()) } else { Ok(files) }
}

impl Source {
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

    /// Opens it, checking a part against its manifest first.
    ///
    /// # Errors
    /// A file that cannot be read, or a part that is not what the manifest says.
    pub fn open(&self) -> Result<Lines, Failure> {
        let input: Box<dyn BufRead> = match self {
            Self::Part { folder, part } => {
                let mut bytes = Vec::new();
                read_checked_part(folder, part, &mut bytes)?;
                Box::new(io::Cursor::new(bytes))
            }
            Self::File(path) => {
                let file = File::open(path)
                    .map_err(|error| Failure::stopped(format!("cannot read `{}`", path.display())).because(error))?;
                Box::new(BufReader::with_capacity(1 << 16, file))
            }
            Self::Stdin => Box::new(BufReader::with_capacity(1 << 16, io::stdin())),
        };
        Lines::new(self.name(), input)
    }
}

/// Reads the bytes of a part into a buffer, if they are what the manifest says.
pub(super) fn read_checked_part(folder: &Path, part: &Part, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    let path = folder.join(&part.file);
    bytes.clear();
    File::open(&path)
        .and_then(|mut file| file.read_to_end(bytes))
        .map_err(|error| Failure::stopped(format!("cannot read `{}`", path.display())).because(error))?;
    if bytes.len() as u64 != part.bytes || digest::sha256(bytes) != part.sha256 {
        return Err(Failure::stopped(format!("`{}` is not the part that the manifest lists", path.display()))
            .hint("it was damaged or changed; bring the original back, or export again into another folder"));
    }
    Ok(())
}

/// The lines of one source, in blocks.
pub struct Lines {
    name: String,
    input: Box<dyn BufRead>,
    next_line: u64,
}

impl Lines {
    fn new(name: String, mut input: Box<dyn BufRead>) -> Result<Self, Failure> {
        let begin = input.fill_buf().map_err(|error| unreadable(&name, error))?;
        let gzip = begin.starts_with(&[0x1f, 0x8b]);
        let input = if gzip { Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(input))) } else { input };
        Ok(Self { name, input, next_line: 1 })
    }

    /// The next whole lines, about a megabyte of them; `None` at the end.
    ///
    /// # Errors
    /// A file that is cut or damaged; the message names it.
    pub fn block(&mut self) -> Result<Option<Block>, Failure> {
        let mut bytes = Vec::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 4);
        let cut = self.fill(&mut bytes).map_err(|error| unreadable(&self.name, error))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let first_line = self.next_line;
        self.next_line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Block { bytes, first_line, overlong: cut.then(|| self.next_line - 1) }))
    }

    /// All lines that are left, as one block.
    ///
    /// # Errors
    /// As for [`Lines::block`].
    pub fn whole(mut self) -> Result<Block, Failure> {
        let mut whole = Block { bytes: Vec::new(), first_line: self.next_line, overlong: None };
        while let Some(block) = self.block()? {
            whole.bytes.extend_from_slice(&block.bytes);
            whole.overlong = whole.overlong.or(block.overlong);
        }
        Ok(whole)
    }

    /// Whole lines; tells whether only the beginning of the last one was kept.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        (&mut self.input).take(BLOCK_BYTES as u64).read_to_end(bytes)?;
        if bytes.is_empty() || bytes.ends_with(b"\n") {
            return Ok(false);
        }
        (&mut self.input).take(LONGEST_LINE as u64).read_until(b'\n', bytes)?;
        let begin = memchr::memrchr(b'\n', &bytes[..bytes.len() - 1]).map_or(0, |end| end + 1);
        if bytes.len() - begin <= LONGEST_LINE {
            return Ok(false);
        }
        if !bytes.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
        }
        bytes.truncate(begin + BEGINNING);
        bytes.push(b'\n');
        Ok(true)
    }
}

impl Block {
    /// The lines that are not blank, without their line breaks, each with its number.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut begin = 0;
        let ends = memchr::memchr_iter(b'\n', &self.bytes).chain(std::iter::once(self.bytes.len()));
        let lines = ends.map(move |end| &self.bytes[std::mem::replace(&mut begin, end + 1)..end]);
        (self.first_line..).zip(lines).filter(|(_, line)| !line.trim_ascii().is_empty())
    }
}

fn unreadable(name: &str, error: io::Error) -> Failure {
    let cut = error.kind() == io::ErrorKind::UnexpectedEof;
    let what = if cut { "ends in the middle: it is cut" } else { "cannot be read" };
    Failure::stopped(format!("`{name}` {what}")).because(error).again("bring the whole file, then")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_keep_their_numbers_across_blocks_members_and_blank_lines() {
        let mut gzipped = Vec::new();
        for text in ["one\n\ntwo\n", "three"] {
            let mut member = flate2::write::GzEncoder::new(&mut gzipped, flate2::Compression::fast());
            member.write_all(text.as_bytes()).unwrap();
            member.finish().unwrap();
        }
        for bytes in [gzipped, b"one\n\ntwo\nthree".to_vec()] {
            let mut lines = Lines::new("x".into(), Box::new(io::Cursor::new(bytes))).unwrap();
            let block = lines.block().unwrap().unwrap();
            let found: Vec<_> = block.lines().collect();
            assert_eq!(found, [(1, &b"one"[..]), (3, b"two"), (4, b"three")]);
            assert_eq!(lines.block().unwrap(), None);
        }
    }
}
