//! Lines in, batches and findings out, on all cores: blocks of lines are mapped in parallel, with their rows of findings, and
//! batches are put together and compressed there. What depends on the order of lines is split into parts that are each done
//! in input order, so that the number of threads never shows in the output: duplicates are looked for by the workers, group
//! by group of shards, and one thread decides where a batch ends, and counts.

mod chunk;
mod content;
pub mod corrections;
mod duplicates;
mod filling;
mod folder;
mod gates;
mod listing;
mod nobody;
mod objections;
mod output;
mod pieces;
mod pipe;
pub mod recorded;
mod request;
mod rooms;
mod stream;
mod tally;
mod told;

pub use self::{
    folder::{Made, into_folder},
    pipe::{Beside, Piped, into_pipe},
    request::{Inputs, Request},
    stream::Stream,
};
use std::{
    io::Write,
    mem,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::{
    chunk::Chunk,
    content::Content,
    corrections::{Corrections, Tried},
    duplicates::Fingerprints,
    filling::Filling,
    gates::Gates,
    listing::{Listing, Rows},
    output::{Output, Writing},
    rooms::Rooms,
};
use crate::{
    archive::{
        block::Block,
        feed::{self, Reading, Texts, Workers},
        forms::Form,
        reader::LineSource,
        share::Partition,
    },
    batches::{
        index::IndexWriter,
        left_behind::{LeftBehind, LeftTrait},
        manifest::{Input, TransformBooks},
        settings::Settings,
    },
    failure::Failure,
    findings::FindingsTable,
    interrupt::Interrupt,
    mapping::{Mapper, Unmapped, Use, Uses},
    progress::Phase,
    tables::Dialect,
};

/// What a transform is to do.
#[derive(Debug)]
pub struct TransformOptions {
    /// What shapes the output, for the manifest.
    pub settings: Settings,
    /// The mapping, made ready for its lines.
    pub mapper: Mapper,
    /// What people corrected in sheets.
    pub corrections: Corrections,
    /// Where profiles that a rule skips are listed, if at all.
    pub skipped: Option<PathBuf>,
    /// For whom the tables are written.
    pub dialect: Dialect,
    /// How many threads map; 0 for one on each core. It never shows in the output.
    pub threads: usize,
    /// Whether the user wants to stop.
    pub interrupt: Interrupt,
    /// The share of the profiles that is taken; none is all.
    pub partition: Option<Partition>,
}

impl TransformOptions {
    /// Whether the user has not asked to stop.
    fn go_on(&self) -> Result<(), Failure> {
        if self.interrupt.asked() {
            return Err(Failure::interrupted("the transform did not come to its end"));
        }
        Ok(())
    }
}

/// The tables of findings.
#[derive(Debug)]
pub struct Tables {
    /// The table of rejected profiles.
    pub rejects: FindingsTable,
    /// The table of other findings.
    pub warnings: FindingsTable,
    /// Profiles that a rule skips, where they are to be listed.
    pub skipped: Option<FindingsTable>,
    /// By what the profiles of each part of an archive are known, where that is to be kept.
    pub index: Option<IndexWriter>,
}

impl Tables {
    /// Begins both, each at its path.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn create(dialect: Dialect, rejects: &Path, warnings: &Path, skipped: Option<&Path>) -> Result<Self, Failure> {
        let [rejects, warnings] = [rejects, warnings].map(|path| FindingsTable::create(dialect, path));
        let skipped = skipped.map(|path| FindingsTable::create(dialect, path)).transpose();
        Ok(Self { rejects: rejects?, warnings: warnings?, skipped: skipped?, index: None })
    }
}

/// What a transform came to, apart from its batches.
#[derive(Debug)]
pub struct Account {
    /// The inputs that were read, each with its lines.
    pub inputs: Vec<Input>,
    /// read = customers + rejected + passed over.
    pub books: TransformBooks,
    /// What became of corrections, in input order.
    pub tried: Vec<Tried>,
    /// Traits that no path of the mapping leads to.
    unmapped: Unmapped,
    /// What the texts of traits stood for, where there were any.
    pub texts: Option<Texts>,
    /// The file that begins otherwise than with a profile, and what it seems to be.
    odd: Option<(String, Form)>,
}

/// What happens on one thread, in input order.
struct Run<'a, 'scope, W: Write> {
    names: &'a [String],
    sources: &'a [LineSource],
    /// Whether an index is made.
    indexed: bool,
    filling: Filling,
    writing: Writing<'scope, W>,
    listing: Listing<'scope>,
    account: Account,
}

/// What became of corrections, if there were any, given the published table of rejects.
fn corrected(
    options: &TransformOptions,
    tried: &[Tried],
    rejects: &Path,
) -> Result<Option<corrections::CorrectionsReport>, Failure> {
    if options.corrections.is_empty() {
        return Ok(None);
    }
    options.corrections.report(tried, rejects).map(Some)
}

/// Transforms everything in `sources`.
///
/// # Errors
/// An input that cannot be read, or an output that cannot be written.
fn run<W: Write + Send>(
    sources: &[LineSource],
    output: Output<W>,
    tables: Tables,
    options: &TransformOptions,
    phase: &Phase,
) -> Result<(Output<W>, Tables, Account), Failure> {
    let names: Vec<String> = sources.iter().map(LineSource::name).collect();
    let rooms = Arc::new(Rooms::default());
    std::thread::scope(|scope| {
        let mut run = Run {
            names: &names,
            sources,
            indexed: tables.index.is_some(),
            filling: Filling::new(options.settings.limits()),
            writing: Writing::start(scope, output, Arc::clone(&rooms)),
            listing: Listing::start(scope, tables, &names, Arc::clone(&rooms)),
            account: Account::new(&names),
        };
        let read = run.all(options, &rooms, phase);
        // What kept batches or rows from being written explains why reading them ended.
        let (output, tables) = (run.writing.finish(), run.listing.finish());
        let (output, tables) = (output?, tables?);
        read.map(|()| (output, tables, run.account))
    })
}

impl<W: Write + Send> Run<'_, '_, W> {
    fn all(&mut self, options: &TransformOptions, rooms: &Rooms, phase: &Phase) -> Result<(), Failure> {
        let (names, sources, indexed) = (self.names, self.sources, self.indexed);
        let fingerprints = &Fingerprints::default();
        let map = |source: usize, block: &Block| {
            let (room, file) = ((rooms.content(), rooms.learnt()), (source, names[source].as_str()));
            let indexed = indexed && sources[source].part_sha256().is_some();
            let (chunk, learnt) = rooms.chunk().map(options, fingerprints, room, file, block, indexed);
            rooms.give_learnt(learnt);
            chunk
        };
        let reading =
            Reading { threads: options.threads, values: options.settings.values, share: options.settings.share() };
        self.account.texts =
            feed::in_order_with_workers(sources, reading, map, &Gates::new(names), |chunk, workers| {
                options.go_on()?;
                match chunk {
                    Some(chunk) => self.merge(chunk, workers, rooms, phase),
                    None => self.filling.finish().map_or(Ok(()), |last| self.writing.write(last, workers)),
                }
            })?;
        Ok(())
    }

    fn merge(&mut self, mut chunk: Chunk, workers: &Workers<'_>, rooms: &Rooms, phase: &Phase) -> Result<(), Failure> {
        self.account.tried.append(&mut chunk.tried);
        self.account.unmapped.merge(mem::take(&mut chunk.unmapped));
        let content = Arc::new(mem::take(&mut chunk.content));
        self.pack(&chunk, &content, workers)?;
        self.account.count(&chunk);
        chunk.tally.finish(&chunk.kinds, &mut self.account.books.findings);
        let pieces = mem::take(&mut chunk.pieces);
        let part = self.sources[chunk.source].part_sha256().map(str::to_owned);
        let filter = part.zip(chunk.filter.take());
        self.listing.write(Rows { source: chunk.source, content, pieces, filter })?;
        if let Some(form) = chunk.seems.filter(|_| self.account.odd.is_none()) {
            self.account.odd = Some((self.names[chunk.source].clone(), form));
        }
        self.account.has_hope()?;
        phase.add(chunk.lines + chunk.passed_over);
        phase.gauge("findings", self.account.books.findings.values().map(|count| count.profiles).sum());
        rooms.give_chunk(chunk);
        Ok(())
    }

    /// Puts the candidates into batches against whom nothing speaks.
    fn pack(&mut self, chunk: &Chunk, content: &Arc<Content>, workers: &Workers<'_>) -> Result<(), Failure> {
        let mut begin = 0;
        for end in chunk.objected.iter().copied().chain([chunk.ends.len()]) {
            let full = |full| self.writing.write(full, workers);
            self.filling.add(content, chunk.begin(begin), &chunk.ends[begin..end], full)?;
            begin = end + 1;
        }
        Ok(())
    }
}

impl Account {
    fn new(names: &[String]) -> Self {
        Self {
            inputs: names.iter().map(|file| Input { file: file.clone(), lines: 0 }).collect(),
            books: TransformBooks::default(),
            tried: Vec::new(),
            unmapped: Unmapped::default(),
            texts: None,
            odd: None,
        }
    }

    /// Traits that no rule of a mapping takes.
    #[must_use]
    pub fn left_behind(&self, uses: &Uses) -> LeftBehind {
        let mut left = self.unmapped.by_share();
        left.retain(|(name, _)| uses.of_trait(&[name]) == Use::LeftBehind);
        let most_common = left.iter().take(LeftBehind::MOST);
        let most_common =
            most_common.map(|(name, profiles)| LeftTrait { name: (*name).to_owned(), profiles: *profiles });
        LeftBehind { traits: left.len() as u64, most_common: most_common.collect() }
    }

    /// Counts the lines of a block.
    fn count(&mut self, chunk: &Chunk) {
        let objections = chunk.objected.len() as u64;
        let lines = chunk.lines + chunk.passed_over;
        self.inputs[chunk.source].lines += lines;
        self.books.read += lines;
        self.books.passed_over += chunk.passed_over;
        self.books.skipped += chunk.skipped;
        self.books.rejected += chunk.rejected + objections;
        self.books.customers += chunk.candidates.len() as u64 - objections;
    }
}
