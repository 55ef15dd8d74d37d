//! Lines in, batches and findings out, on all cores: blocks of lines are mapped in parallel, and everything whose order
//! matters (duplicates, packing, tables) happens afterwards on one thread in input order, so that the number of threads
//! never shows in the output.

mod chunk;
pub mod corrections;
mod duplicates;
mod folder;
mod nobody;
mod output;
pub mod partition;
mod pipe;
pub mod recorded;
mod request;
mod stream;

pub use self::{
    folder::{Made, into_folder},
    pipe::{Beside, Piped, into_pipe},
    request::{Inputs, Request},
    stream::Stream,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::{Path, PathBuf},
};

use self::{
    chunk::{Chunk, Fingerprint, Told},
    corrections::{Corrections, Tried},
    duplicates::{Places, Seen},
    output::{Output, Writing},
    partition::Partition,
};
use crate::{
    archive::{
        block::Block,
        feed::{self, Reading, Texts},
        forms::Form,
        reader::LineSource,
    },
    batches::{
        left_behind::{LeftBehind, LeftTrait},
        manifest::{Books, Count, Input},
        packing::Packer,
        settings::Settings,
    },
    failure::Failure,
    findings::{Finding, FindingsTable, Reason, Severity},
    interrupt::Interrupt,
    mapping::{Mapper, Unmapped, Use, Uses},
    progress::Phase,
    tables::Dialect,
};

/// Fields that are counted one by one for a reason; metadata may have a key of its own in each profile.
const MOST_FIELDS: usize = 1_000;
/// Stands for all fields beyond those.
const OTHER_FIELDS: &str = "(others)";

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
    /// The tables of findings, to be finished.
    pub tables: Tables,
    /// The inputs that were read, each with its lines.
    pub inputs: Vec<Input>,
    /// read = customers + rejected + passed over.
    pub books: Books,
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
    packer: Packer,
    writing: Writing<'scope, W>,
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
) -> Result<(Output<W>, Account), Failure> {
    let names: Vec<String> = sources.iter().map(LineSource::name).collect();
    std::thread::scope(|scope| {
        let mut run = Run {
            names: &names,
            packer: Packer::new(options.settings.limits()),
            writing: Writing::start(scope, output),
            account: Account::new(&names, tables),
            places: Places::default(),
            seen: Seen::default(),
            last_line: 0,
        };
        let read = run.all(sources, options, phase);
        // What kept batches from being written explains why reading them ended.
        let output = run.writing.finish()?;
        read.map(|()| (output, run.account))
    })
}

impl<W: Write + Send> Run<'_, '_, W> {
    fn all(&mut self, sources: &[LineSource], options: &TransformOptions, phase: &Phase) -> Result<(), Failure> {
        let names = self.names;
        let map = |source: usize, block: &Block| Chunk::map(options, source, &names[source], block);
        let reading = Reading {
            threads: options.threads,
            values: options.settings.values,
            is_a_share: options.partition.is_some(),
        };
        self.account.texts = feed::in_order(sources, reading, map, |chunk| {
            options.go_on()?;
            self.merge(chunk, phase)
        })?;
        if let Some(last) = self.packer.finish() {
            self.writing.write(last)?;
        }
        Ok(())
    }

    fn merge(&mut self, mut chunk: Chunk, phase: &Phase) -> Result<(), Failure> {
        // Whoever was there before is known by 32 bits.
        if self.account.books.read + chunk.entries.len() as u64 > u64::from(u32::MAX) {
            return Err(Failure::stopped("one transform takes at most 4,294,967,295 profiles")
                .hint("give each of several runs a share of them with `--partition`, then `gather` them"));
        }
        self.account.tried.append(&mut chunk.tried);
        self.account.unmapped.merge(std::mem::take(&mut chunk.unmapped));
        self.places.begin(chunk.source, self.last_line);
        for position in 0..chunk.entries.len() {
            self.entry(&chunk, position)?;
        }
        self.last_line = self.places.of(chunk.source, chunk.last_line);
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

    /// Takes one mapped line in input order: looks for duplicates, packs, counts and tells.
    fn entry(&mut self, chunk: &Chunk, position: usize) -> Result<(), Failure> {
        let entry = &chunk.entries[position];
        let place = (&self.names[chunk.source][..], entry.line);
        self.account.books.read += 1;
        self.account.inputs[chunk.source].lines += 1;
        let Some(fingerprints) = entry.fingerprints else {
            if let (Some(rule), Some(told)) = (entry.skipped_by, &entry.told) {
                return self.account.skip(told, rule, place);
            }
            if let Some(told) = &entry.told {
                self.account.tell(told, Fate::Rejected, place)?;
            }
            return Ok(());
        };
        let (customer, origin) = chunk.customer(position);
        let here = self.places.of(chunk.source, entry.line);
        if let Some(objection) = self.first_objection(fingerprints, customer.len(), here) {
            let mut told = chunk.about(position);
            told.findings.push(objection.about(&told));
            self.account.tell(&told, Fate::Rejected, place)?;
            return Ok(());
        }
        if let Some(told) = &entry.told {
            self.account.tell(told, Fate::Packed, place)?;
        }
        self.account.books.customers += 1;
        if let Some(packed) = self.packer.add(customer, origin) {
            self.writing.write(packed)?;
        }
        Ok(())
    }

    /// What speaks against a customer that is well mapped: somebody was there before, or it is too large.
    fn first_objection(
        &mut self,
        (profile, source_id): (Fingerprint, Fingerprint),
        bytes: usize,
        here: u64,
    ) -> Option<Objection> {
        if let Some(first) = self.seen.profile(profile, source_id, here) {
            return Some(Objection::Profile(self.place(first)));
        }
        if !self.packer.fits(bytes) {
            return Some(Objection::TooLarge(bytes));
        }
        let first = self.seen.customer_of_last()?;
        Some(Objection::SourceId(self.place(first)))
    }

    fn place(&self, place: u64) -> String {
        let (input, line) = self.places.line(place);
        format!("`{}` line {line}", self.names[input])
    }
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

/// Whether a profile is in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Packed,
    Rejected,
}

impl Account {
    fn new(names: &[String], tables: Tables) -> Self {
        Self {
            tables,
            inputs: names.iter().map(|file| Input { file: file.clone(), lines: 0 }).collect(),
            books: Books::default(),
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

    /// Profiles that are not meant to come over are counted apart, and listed where that was asked for.
    fn skip(&mut self, told: &Told, rule: usize, (file, line): (&str, u64)) -> Result<(), Failure> {
        self.books.skipped += 1;
        let Some(table) = &mut self.tables.skipped else { return Ok(()) };
        let row = told.row_of("skipped", format!("the `[[skip]]` number {rule} of the mapping"), file, line);
        table.add(&row)
    }

    /// Rejected profiles go to one table and what else was noticed about people to the other; all of it is counted.
    fn tell(&mut self, told: &Told, fate: Fate, (file, line): (&str, u64)) -> Result<(), Failure> {
        let rejected = fate == Fate::Rejected;
        self.books.rejected += u64::from(rejected);
        let mut counted = BTreeSet::new();
        for finding in &told.findings {
            if rejected && finding.severity != Severity::Rejected {
                continue;
            }
            let table = if rejected { &mut self.tables.rejects } else { &mut self.tables.warnings };
            if rejected || !finding.reason.is_about_the_key() {
                table.add(&told.row(finding, file, line))?;
            }
            count(&mut self.books.findings, finding, counted.insert(finding.reason));
        }
        Ok(())
    }
}

fn count(findings: &mut BTreeMap<Reason, Count>, finding: &Finding<'_>, first_of_profile: bool) {
    let count = findings.entry(finding.reason).or_default();
    count.profiles += u64::from(first_of_profile);
    let known = count.fields.len() < MOST_FIELDS || count.fields.contains_key(&*finding.field);
    let field = if known { finding.field.to_string() } else { OTHER_FIELDS.to_owned() };
    *count.fields.entry(field).or_default() += 1;
}
