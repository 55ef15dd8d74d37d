//! Reads profiles line by line: archives, single files or standard input; gzip or plain, told by content, never by name.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    mem,
    path::{Path, PathBuf},
};

use super::{
    block::Block,
    forms::{self, Packing},
    manifest::{ArchiveManifest, Part},
    spelling,
    trait_texts::TextsAre,
    unloaded,
};
use crate::{
    digest::{self, Hashed},
    failure::Failure,
    gzip,
    invocation::Export,
    manifest::names,
};

/// Bytes of lines in a block; a longer line makes a longer block.
const BLOCK_BYTES: usize = 1 << 20;

/// Most bytes of a line; of a longer one the beginning is kept, and it is no profile.
pub const LONGEST_LINE: usize = 16 << 20;
/// Most lines of a block: even short ones take room of their own while they are worked on.
const MOST_LINES: u64 = LAST_LINE as u64 + 1;
/// Position of the last of those.
const LAST_LINE: usize = 8_191;
/// Most lines of a file that is worked on as one block.
pub(super) const MOST_LINES_WHOLE: u64 = 65_536;
/// A part that has more compressed bytes than this is read twice, and never held in memory.
const LARGEST_IN_MEMORY: u64 = 16 << 20;
/// Windows with a history of more bytes than two to this are refused: they would fill the memory.
const ZSTD_WINDOW_LOG: u32 = 25;
/// What some editors write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is kept of a line that is too long.
const BEGINNING: usize = 1 << 10;

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
    /// Why profiles may be missing, or there twice: an export that is not finished, a write that broke off, …
    pub doubts: Vec<String>,
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
            found.sources.extend(expand(input)?);
        }
    }
    Ok(found)
}

impl Found {
    /// An archive by its manifest, and without one what an engine has unloaded.
    fn folder(&mut self, input: &Path) -> Result<(), Failure> {
        if let Some(manifest) = ArchiveManifest::read(input)? {
            self.doubts.extend(manifest.doubt().map(|doubt| format!("`{}` {doubt}", input.display())));
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
        self.doubts.extend(unloaded.doubts);
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

/// The files that a pattern names, in order.
fn expand(pattern: &Path) -> Result<Vec<LineSource>, Failure> {
    let missing = || {
        Failure::usage(format!("there is no file or folder `{}`", pattern.display()))
            .command("name an archive or its files, or make one:", Export::default())
    };
    let paths = glob::glob(&pattern.to_string_lossy()).map_err(|error| missing().because(error))?;
    let files: Vec<LineSource> = paths.flatten().map(LineSource::File).collect();
    if files.is_empty() { Err(missing()) } else { Ok(files) }
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

    /// Lines of it in the spelling of an archive, whoever wrote them; those of an archive are in it.
    #[must_use]
    pub fn spelt(&self, block: Block, texts: TextsAre) -> Block {
        let has_texts = spelling::has_texts(&block);
        if matches!(self, Self::Part { .. }) { block } else { spelling::canonical(block, texts, has_texts) }
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
    names::open(&path)
        .and_then(read)
        .map_err(|error| Failure::stopped(format!("cannot read `{}`", path.display())).because(error))?;
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
        .map_err(|error| Failure::stopped(format!("cannot read `{}`", path.display())).because(error))?;
    let (_, bytes, sha256) = hashed.finish();
    if bytes != part.bytes || sha256 != part.sha256 {
        return Err(not_the_part(&path));
    }
    names::open(&path).map_err(|error| Failure::stopped(format!("cannot read `{}`", path.display())).because(error))
}

fn not_the_part(path: &Path) -> Failure {
    Failure::stopped(format!("`{}` is not the part that the manifest lists", path.display()))
        .hint("it was damaged or changed; bring the original back, or export again into another folder")
}

/// The lines of one source, in blocks.
pub struct Lines {
    name: String,
    input: Box<dyn BufRead + Send>,
    next_line: u64,
    /// Whole lines that were read already and are too many for one block.
    waiting: Vec<u8>,
    /// Of the last line of those only the beginning was kept.
    waiting_is_cut: bool,
}

impl Lines {
    fn new(name: String, mut input: Box<dyn Read + Send>) -> Result<Self, Failure> {
        let mut head = Vec::with_capacity(forms::HEAD);
        (&mut input).take(forms::HEAD as u64).read_to_end(&mut head).map_err(|error| unreadable(&name, error))?;
        let packing = forms::packing(&head).map_err(|form| form.refusal(&name))?;
        let input = BufReader::with_capacity(1 << 16, io::Cursor::new(head).chain(input));
        let input: Box<dyn BufRead + Send> = match packing {
            Packing::Plain => Box::new(input),
            Packing::Gzip => Box::new(BufReader::with_capacity(1 << 18, gzip::GzipMembers::new(input))),
            Packing::Zstd => Box::new(BufReader::with_capacity(1 << 18, zstd(&name, input)?)),
        };
        Ok(Self { name, input, next_line: 1, waiting: Vec::new(), waiting_is_cut: false })
    }

    /// The next whole lines, about a megabyte of them and not too many; `None` at the end.
    ///
    /// # Errors
    /// A file that is cut or damaged, or whose content is in a form that is not read; the message names it.
    pub fn block(&mut self) -> Result<Option<Block>, Failure> {
        let (mut bytes, mut cut) = (mem::take(&mut self.waiting), mem::take(&mut self.waiting_is_cut));
        if bytes.is_empty() {
            bytes.reserve(BLOCK_BYTES + BLOCK_BYTES / 4);
            cut = self.fill(&mut bytes).map_err(|error| unreadable(&self.name, error))?;
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let first_line = self.next_line;
        if first_line == 1 {
            begin(&self.name, &mut bytes)?;
        }
        let mut lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        if lines > MOST_LINES
            && let Some(end) = memchr::memchr_iter(b'\n', &bytes).nth(LAST_LINE)
        {
            self.waiting = bytes.split_off(end + 1);
            // If there is a line that is too long, it is the last of all.
            (lines, self.waiting_is_cut, cut) = (MOST_LINES, cut, false);
        }
        self.next_line += lines;
        Ok(Some(Block { bytes, first_line, overlong: cut.then(|| self.next_line - 1), passed_over: 0 }))
    }

    /// All lines that are left, as one block; `None` where they are more than so many bytes or too many lines.
    ///
    /// # Errors
    /// As for [`Lines::block`].
    pub fn whole(mut self, most_bytes: usize) -> Result<Option<Block>, Failure> {
        let mut whole = Block { bytes: Vec::new(), first_line: self.next_line, overlong: None, passed_over: 0 };
        while let Some(block) = self.block()? {
            let too_many = self.next_line - whole.first_line > MOST_LINES_WHOLE;
            // Only one line that is too long can be told in a block.
            if too_many || whole.bytes.len() + block.bytes.len() > most_bytes || whole.overlong.is_some() {
                return Ok(None);
            }
            whole.bytes.extend_from_slice(&block.bytes);
            whole.overlong = block.overlong;
        }
        Ok(Some(whole))
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
        bytes.shrink_to_fit();
        Ok(true)
    }
}

/// Takes the mark of a file's encoding away, and looks at the begin of its content.
pub(super) fn begin(name: &str, bytes: &mut Vec<u8>) -> Result<(), Failure> {
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    match forms::refused(&bytes[..bytes.len().min(1 << 16)]) {
        Some(form) => Err(form.refusal(name)),
        None => Ok(()),
    }
}

/// Inflates zstd, any number of frames.
fn zstd(name: &str, input: impl BufRead + Send + 'static) -> Result<Box<dyn Read + Send>, Failure> {
    let decoder = zstd::stream::read::Decoder::with_buffer(input).and_then(|mut decoder| {
        decoder.window_log_max(ZSTD_WINDOW_LOG)?;
        Ok(Box::new(decoder) as Box<dyn Read + Send>)
    });
    decoder.map_err(|error| unreadable(name, error))
}

pub(super) fn unreadable(name: &str, error: io::Error) -> Failure {
    let (what, first) = match error.kind() {
        io::ErrorKind::UnexpectedEof => ("ends in the middle: it is cut", "bring the whole file, then"),
        // A checksum that does not fit is told as invalid input.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            ("is damaged, or something follows its end", "bring the original file, then")
        }
        _ => ("cannot be read", "see to the cause, then"),
    };
    Failure::stopped(format!("`{name}` {what}")).because(error).again(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_across_blocks_members_and_blank_lines() {
        let gzipped = ["one\n\ntwo\n", "three"].map(|text| gzip::compressed(text.as_bytes())).concat();
        let framed = ["one\n\ntwo\n", "three"].map(|text| zstd::encode_all(text.as_bytes(), 3).unwrap()).concat();
        let marked = "\u{feff}one\n\ntwo\nthree".as_bytes().to_vec();
        for bytes in [gzipped, framed, marked, b"one\n\ntwo\nthree".to_vec()] {
            let mut lines = Lines::new("x".into(), Box::new(io::Cursor::new(bytes))).unwrap();
            let block = lines.block().unwrap().unwrap();
            let found: Vec<_> = block.lines().collect();
            assert_eq!(found, [(1, &b"one"[..]), (3, b"two"), (4, b"three")]);
            assert_eq!(lines.block().unwrap(), None);
        }
    }

    #[test]
    fn blocks_are_cut_by_lines_and_none_is_lost() {
        let long = vec![b'x'; LONGEST_LINE + 1];
        let bytes = [&b"a\n".repeat(20_000)[..], &long, b"\n", &b"b\n".repeat(9_000)].concat();
        let mut lines = Lines::new("x".into(), Box::new(io::Cursor::new(bytes))).unwrap();
        let (mut numbers, mut overlong) = (Vec::new(), Vec::new());
        while let Some(block) = lines.block().unwrap() {
            assert!(block.lines().count() <= 8_192 && block.bytes.capacity() < 3 << 20);
            overlong.extend(block.overlong);
            numbers.extend(block.lines().map(|(number, _)| number));
        }
        assert_eq!((numbers, overlong), ((1..=29_001).collect::<Vec<_>>(), vec![20_001]));
    }
}
