//! Lines in, batches and findings out, on all cores: blocks of lines are mapped in parallel, with their rows of findings,
//! and batches are put together and compressed there. What depends on the order of lines (duplicates, where a batch ends,
//! counts) happens between the two on one thread in input order, so that the number of threads never shows in the output.

mod chunk;
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
mod stream;
mod tally;

pub use self::{
    folder::{Made, into_folder},
    pipe::{Beside, Piped, into_pipe},
    request::{Inputs, Request},
    stream::Stream,
};
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::{
    chunk::{Chunk, Content, Entry, LineFate, Told},
    corrections::{Corrections, Tried},
    duplicates::{Fingerprint, Fingerprints, Places, Seen},
    filling::Filling,
    listing::{Listing, Rows, Table},
    output::{Output, Writing},
    tally::Tally,
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
    std::thread::scope(|scope| {
        let mut run = Run {
            names: &names,
            filling: Filling::new(options.settings.limits()),
            writing: Writing::start(scope, output),
            listing: Listing::start(scope, tables),
            account: Account::new(&names),
            places: Places::default(),
            seen: Seen::default(),
            last_line: 0,
        };
        let read = run.all(sources, options, phase);
        // What kept batches or rows from being written explains why reading them ended.
        let (output, tables) = (run.writing.finish(), run.listing.finish());
        let (output, tables) = (output?, tables?);
        read.map(|()| (output, tables, run.account))
    })
}

impl<W: Write + Send> Run<'_, '_, W> {
    fn all(&mut self, sources: &[LineSource], options: &TransformOptions, phase: &Phase) -> Result<(), Failure> {
        let names = self.names;
        let fingerprints = &Fingerprints::default();
        let map = |source: usize, block: &Block| Chunk::map(options, fingerprints, (source, &names[source]), block);
        let reading = Reading {
            threads: options.threads,
            values: options.settings.values,
            share: options.partition.map(|partition| Share::of(partition, &options.settings.identifier)),
        };
        self.account.texts = feed::in_order_with_workers(sources, reading, map, |chunk, workers| {
            options.go_on()?;
            self.merge(chunk, workers, phase)
        })?;
        if let Some(last) = self.filling.finish() {
            self.writing.write(last, None)?;
        }
        Ok(())
    }

    fn merge(&mut self, mut chunk: Chunk, workers: &Workers<'_>, phase: &Phase) -> Result<(), Failure> {
        self.account.tried.append(&mut chunk.tried);
        self.account.unmapped.merge(std::mem::take(&mut chunk.unmapped));
        self.places.begin(chunk.source, self.last_line);
        let content = Arc::new(std::mem::take(&mut chunk.content));
        let mut lists = Lists { tally: Tally::of(&chunk), rows: Rows::of(&self.names[chunk.source], &content) };
        for position in 0..chunk.entries.len() {
            if position % AT_ONCE == 0 {
                self.look_at(chunk.entries[position..].iter().take(AT_ONCE));
            }
            self.entry(&mut chunk, &content, position, &mut lists, workers)?;
        }
        lists.tally.finish(&chunk, &mut self.account.books.findings);
        self.listing.write(lists.rows)?;
        // A block may hold nobody who is taken.
        self.last_line = self.last_line.max(self.places.of(chunk.source, chunk.last_line));
        self.account.books.read += chunk.passed_over;
        self.account.books.passed_over += chunk.passed_over;
        self.account.inputs[chunk.source].lines += chunk.passed_over;
        if let Some(form) = chunk.seems.filter(|_| self.account.odd.is_none()) {
            self.account.odd = Some((self.names[chunk.source].clone(), form));
        }
        self.account.has_hope()?;
        phase.add(chunk.entries.len() as u64 + chunk.passed_over);
        phase.gauge("findings", self.account.books.findings.values().map(|count| count.profiles).sum());
        Ok(())
    }

    /// Brings near what is known of those who come next.
    fn look_at<'e>(&self, entries: impl Iterator<Item = &'e Entry>) {
        let seen = entries.map(|entry| match entry.fate {
            LineFate::Customer(profile, source_id) => self.seen.look_at(profile, source_id),
            LineFate::Rejected | LineFate::Skipped => 0,
        });
        std::hint::black_box(seen.fold(0, u64::wrapping_add));
    }

    /// Takes one mapped line in input order: looks for duplicates, packs, counts and tells.
    fn entry(
        &mut self,
        chunk: &mut Chunk,
        content: &Arc<Content>,
        position: usize,
        lists: &mut Lists,
        workers: &Workers<'_>,
    ) -> Result<(), Failure> {
        let entry = &mut chunk.entries[position];
        let (line, fate, rows, told) = (entry.line, entry.fate, entry.rows, entry.told.take());
        self.account.books.read += 1;
        self.account.inputs[chunk.source].lines += 1;
        if let LineFate::Customer(profile, source_id) = fate {
            let (customer, origin) = chunk.customer(position);
            let here = self.places.number(self.places.of(chunk.source, line)).ok_or_else(too_many)?;
            if let Some(objection) = self.first_objection((profile, source_id), customer.len() - 1, here) {
                let mut told = chunk.about(content, position);
                told.findings.push(objection.about(&told));
                self.account.reject(&told);
                lists.rows.tell(Table::Rejects, Box::new(told), line);
                return Ok(());
            }
            self.account.books.customers += 1;
            if let Some(full) = self.filling.add(content, customer, origin) {
                self.writing.write(full, Some(workers))?;
            }
        }
        let table = match fate {
            LineFate::Customer(..) => Table::Warnings,
            LineFate::Rejected => {
                self.account.books.rejected += 1;
                Table::Rejects
            }
            LineFate::Skipped => {
                self.account.books.skipped += 1;
                Table::Skipped
            }
        };
        lists.tally.add(chunk.noticed(position));
        lists.rows.add(table, chunk.rows(position), rows);
        if let Some(told) = told {
            lists.rows.tell(table, told, line);
        }
        Ok(())
    }

    /// What speaks against a customer that is well mapped: somebody was there before, or it is too large.
    fn first_objection(
        &mut self,
        (profile, source_id): (Fingerprint, Fingerprint),
        bytes: usize,
        here: u32,
    ) -> Option<Objection> {
        if let Some(first) = self.seen.profile(profile, here) {
            return Some(Objection::Profile(self.place(first)));
        }
        if !self.filling.fits(bytes) {
            return Some(Objection::TooLarge(bytes));
        }
        let first = self.seen.customer(source_id, here)?;
        Some(Objection::SourceId(self.place(first)))
    }

    fn place(&self, number: u32) -> String {
        let (input, line) = self.places.line(number);
        format!("`{}` line {line}", self.names[input])
    }
}

/// What is told of a block.
struct Lists {
    tally: Tally,
    rows: Rows,
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

    /// Counts a profile that was well mapped and is rejected.
    fn reject(&mut self, told: &Told) {
        self.books.rejected += 1;
        told.findings.iter().for_each(|finding| tally::count_one(&mut self.books.findings, finding));
    }
}
