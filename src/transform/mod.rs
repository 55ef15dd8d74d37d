//! Lines in, batches and findings out, on all cores: blocks of lines are mapped in parallel, with their rows of findings,
//! and batches are put together and compressed there. What depends on the order of lines (duplicates, where a batch ends,
//! counts) happens between the two on one thread in input order, so that the number of threads never shows in the output.

mod chunk;
mod content;
pub mod corrections;
mod duplicates;
mod filling;
mod folder;
mod listing;
mod nobody;
mod output;
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
    chunk::{Candidate, Chunk},
    content::{Content, Table},
    corrections::{Corrections, Tried},
    duplicates::{Fingerprints, Places, Seen},
    filling::Filling,
    listing::{Listing, Rows},
    output::{Output, Writing},
    rooms::Rooms,
    told::{Told, Untold},
};
use crate::{
    archive::{
        block::Block,
        feed::{self, Reading, Texts, Workers},
        forms::Form,
        reader::LineSource,
        share::{Partition, Share},
    },
    batches::{
        left_behind::{LeftBehind, LeftTrait},
        manifest::{Input, TransformBooks},
        settings::Settings,
    },
    failure::Failure,
    findings::{Finding, FindingsTable, Reason},
    interrupt::Interrupt,
    mapping::{Mapper, Unmapped, Use, Uses},
    progress::Phase,
    tables::Dialect,
};

/// Profiles whose places in memory are looked at before they are looked for.
const AT_ONCE: usize = 256;

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
}

impl Tables {
    /// Begins both, each at its path.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn create(dialect: Dialect, rejects: &Path, warnings: &Path, skipped: Option<&Path>) -> Result<Self, Failure> {
        let [rejects, warnings] = [rejects, warnings].map(|path| FindingsTable::create(dialect, path));
        let skipped = skipped.map(|path| FindingsTable::create(dialect, path)).transpose();
        Ok(Self { rejects: rejects?, warnings: warnings?, skipped: skipped? })
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
    filling: Filling,
    writing: Writing<'scope, W>,
    listing: Listing<'scope>,
    account: Account,
    places: Places,
    seen: Seen,
    /// Number of the last line that came, of all inputs.
    last_line: u64,
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
            filling: Filling::new(options.settings.limits()),
            writing: Writing::start(scope, output, Arc::clone(&rooms)),
            listing: Listing::start(scope, tables, Arc::clone(&rooms)),
            account: Account::new(&names),
            places: Places::default(),
            seen: Seen::default(),
            last_line: 0,
        };
        let read = run.all(sources, options, &rooms, phase);
        // What kept batches or rows from being written explains why reading them ended.
        let (output, tables) = (run.writing.finish(), run.listing.finish());
        let (output, tables) = (output?, tables?);
        read.map(|()| (output, tables, run.account))
    })
}

impl<W: Write + Send> Run<'_, '_, W> {
    fn all(
        &mut self,
        sources: &[LineSource],
        options: &TransformOptions,
        rooms: &Rooms,
        phase: &Phase,
    ) -> Result<(), Failure> {
        let names = self.names;
        let fingerprints = &Fingerprints::default();
        let map =
            |source: usize, block: &Block| Chunk::map(options, (fingerprints, rooms), (source, &names[source]), block);
        let reading = Reading {
            threads: options.threads,
            values: options.settings.values,
            share: options.partition.map(|partition| Share::of(partition, &options.settings.identifier)),
        };
        self.account.texts = feed::in_order_with_workers(sources, reading, map, |chunk, workers| {
            options.go_on()?;
            match chunk {
                Some(chunk) => self.merge(chunk, workers, phase),
                None => self.filling.finish().map_or(Ok(()), |last| self.writing.write(last, workers)),
            }
        })?;
        Ok(())
    }

    fn merge(&mut self, mut chunk: Chunk, workers: &Workers<'_>, phase: &Phase) -> Result<(), Failure> {
        self.account.tried.append(&mut chunk.tried);
        self.account.unmapped.merge(mem::take(&mut chunk.unmapped));
        self.places.begin(chunk.source, self.last_line);
        let content = Arc::new(mem::take(&mut chunk.content));
        let objections = self.objections(&chunk)?;
        self.pack(&chunk, &content, &objections, workers)?;
        self.account.count(&chunk, objections.len() as u64);
        let rows = self.rows(&mut chunk, &content, objections);
        mem::take(&mut chunk.tally).finish(&chunk.kinds, &mut self.account.books.findings);
        self.listing.write(rows)?;
        // A block may hold nobody who is taken.
        self.last_line = self.last_line.max(self.places.of(chunk.source, chunk.last_line));
        if let Some(form) = chunk.seems.filter(|_| self.account.odd.is_none()) {
            self.account.odd = Some((self.names[chunk.source].clone(), form));
        }
        self.account.has_hope()?;
        phase.add(chunk.lines + chunk.passed_over);
        phase.gauge("findings", self.account.books.findings.values().map(|count| count.profiles).sum());
        Ok(())
    }

    /// Looks for duplicates: what speaks against candidates, by their positions.
    fn objections(&mut self, chunk: &Chunk) -> Result<Vec<(usize, Objection)>, Failure> {
        let mut objections = Vec::new();
        for (number, near) in chunk.candidates.chunks(AT_ONCE).enumerate() {
            // Brings near what is known of those who come next.
            let known = near.iter().map(|candidate| self.seen.look_at(candidate.profile, candidate.source_id));
            std::hint::black_box(known.fold(0, u64::wrapping_add));
            for (position, candidate) in (number * AT_ONCE..).zip(near) {
                let place = self.places.of(chunk.source, candidate.line);
                let here = self.places.number(place).ok_or_else(too_many)?;
                let objection = self.first_objection(candidate, here);
                objections.extend(objection.map(|objection| (position, objection)));
            }
        }
        Ok(objections)
    }

    /// Puts all other candidates into batches.
    fn pack(
        &mut self,
        chunk: &Chunk,
        content: &Arc<Content>,
        objections: &[(usize, Objection)],
        workers: &Workers<'_>,
    ) -> Result<(), Failure> {
        let mut begin = 0;
        for end in objections.iter().map(|(position, _)| *position).chain([chunk.ends.len()]) {
            let full = |full| self.writing.write(full, workers);
            self.filling.add(content, chunk.begin(begin), &chunk.ends[begin..end], full)?;
            begin = end + 1;
        }
        Ok(())
    }

    /// The rows of a block: where something speaks against a candidate, that is told instead of the warnings.
    fn rows(&mut self, chunk: &mut Chunk, content: &Arc<Content>, objections: Vec<(usize, Objection)>) -> Rows {
        let mut rows = Rows::of(&self.names[chunk.source], content, chunk.rows);
        let mut untold = mem::take(&mut chunk.untold).into_iter().peekable();
        for (position, objection) in objections {
            let line = chunk.candidates[position].line;
            while let Some(earlier) = untold.next_if(|untold| untold.line < line) {
                rows.tell(earlier);
            }
            untold.next_if(|untold| untold.line == line);
            rows.leave_out(Table::Warnings, chunk.warnings(position), chunk.asides[position].rows);
            let mut told = chunk.about(content, position);
            told.findings.push(objection.about(&told));
            chunk.take_back(position);
            told.findings.iter().for_each(|finding| tally::count_one(&mut self.account.books.findings, finding));
            let (place, told) = (chunk.asides[position].rejects, Box::new(told));
            rows.tell(Untold { table: Table::Rejects, place, told, line });
        }
        untold.for_each(|untold| rows.tell(untold));
        rows
    }

    /// What speaks against a customer that is well mapped: somebody was there before, or it is too large.
    fn first_objection(&mut self, candidate: &Candidate, here: u32) -> Option<Objection> {
        if let Some(first) = self.seen.profile(candidate.profile, here) {
            return Some(Objection::Profile(self.place(first)));
        }
        if !self.filling.fits(candidate.bytes) {
            return Some(Objection::TooLarge(candidate.bytes));
        }
        let first = self.seen.customer(candidate.source_id, here)?;
        Some(Objection::SourceId(self.place(first)))
    }

    fn place(&self, number: u32) -> String {
        let (input, line) = self.places.line(number);
        format!("`{}` line {line}", self.names[input])
    }
}

fn too_many() -> Failure {
    Failure::stopped("one transform takes at most 4,294,967,295 profiles")
        .hint("give each of several runs a share of them with `--partition`, then `gather` them")
}

/// What speaks against a customer that is well mapped.
enum Objection {
    /// The profile came before, at this place.
    Profile(String),
    /// The identity came before, at this place.
    SourceId(String),
    /// It takes this many bytes.
    TooLarge(usize),
}

impl Objection {
    fn about(self, told: &Told) -> Finding<'static> {
        let (reason, field, value, message) = match self {
            Self::Profile(first) => {
                let message = format!("the profile was already read from {first}");
                (Reason::DuplicateProfile, "segment_id", told.segment_id.clone(), message)
            }
            Self::SourceId(first) => {
                let message = format!("the profile at {first} has the same `source_id` and came first");
                (Reason::DuplicateSourceId, "source_id", told.person.source_id.clone(), message)
            }
            Self::TooLarge(bytes) => {
                let message = format!("the customer takes {bytes} bytes, more than a batch may hold");
                (Reason::CustomerTooLarge, "", String::new(), message)
            }
        };
        Finding::new(reason, field, value, message)
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

    /// Counts the lines of a block, where something speaks against so many candidates.
    fn count(&mut self, chunk: &Chunk, objections: u64) {
        let lines = chunk.lines + chunk.passed_over;
        self.inputs[chunk.source].lines += lines;
        self.books.read += lines;
        self.books.passed_over += chunk.passed_over;
        self.books.skipped += chunk.skipped;
        self.books.rejected += chunk.rejected + objections;
        self.books.customers += chunk.candidates.len() as u64 - objections;
    }
}
