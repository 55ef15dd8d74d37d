//! Lines in, batches and findings out, on all cores: blocks of lines are mapped in parallel, and everything whose order
//! matters (duplicates, packing, tables) happens afterwards on one thread in input order, so that the number of threads
//! never shows in the output.

pub mod corrections;
pub mod tables;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    io::Write,
};

use rayon::prelude::*;

use self::tables::{Dialect, FindingsTable, Person, Place};
use crate::{
    archive::reader::{Block, Source},
    batches::{
        manifest::{Books, Count, Input},
        writer::{BatchesWriter, Limits, Origin, Packed, Packer, gzip},
    },
    failure::Failure,
    finding::{Finding, Reason, Severity},
    mapping::Mapper,
    terminal::Phase,
};

/// Blocks that are mapped at a time; a block is about a megabyte of lines.
const BLOCKS_AT_A_TIME: usize = 16;

/// What a transform is to do.
#[derive(Debug)]
pub struct Options {
    /// Options that shape the output, by flag name, for the manifest.
    pub shaped_by: BTreeMap<String, serde_json::Value>,
    /// The mapping.
    pub mapper: Mapper,
    /// How large a batch may be.
    pub limits: Limits,
    /// For whom the tables are written.
    pub dialect: Dialect,
}

/// Where batches go.
#[derive(Debug)]
pub enum Output<W: Write> {
    /// A folder.
    Folder(BatchesWriter),
    /// Lines, gzipped or not.
    Pipe {
        /// Where the lines go.
        lines: W,
        /// Whether each is a gzip member.
        gzipped: bool,
    },
}

/// What a transform came to.
#[derive(Debug)]
pub struct Result<W: Write> {
    /// The output, with every batch written.
    pub output: Output<W>,
    /// The table of rejected profiles.
    pub rejects: FindingsTable,
    /// The table of other findings.
    pub warnings: FindingsTable,
    /// What was read.
    pub inputs: Vec<Input>,
    /// read = customers + rejected.
    pub books: Books,
}

/// One line after mapping.
struct Entry {
    line: u64,
    segment_id: String,
    person: Person,
    customer: Option<Vec<u8>>,
    findings: Vec<Finding<'static>>,
}

struct Run<'a, W: Write> {
    options: &'a Options,
    packer: Packer,
    result: Result<W>,
    profiles: HashMap<u128, (u32, u64)>,
    source_ids: HashMap<u128, (u32, u64)>,
}

/// Transforms everything in `sources`.
///
/// # Errors
/// An input that cannot be read, or an output that cannot be written.
pub fn run<W: Write>(
    sources: &[Source],
    output: Output<W>,
    options: &Options,
    phase: &Phase,
) -> std::result::Result<Result<W>, Failure> {
    let result = Result {
        output,
        rejects: FindingsTable::new(options.dialect),
        warnings: FindingsTable::new(options.dialect),
        inputs: Vec::new(),
        books: Books::default(),
    };
    let packer = Packer::new(options.limits);
    let mut run = Run { options, packer, result, profiles: HashMap::new(), source_ids: HashMap::new() };
    for source in sources {
        run.source(source, phase)?;
    }
    if let Some(last) = run.packer.finish() {
        run.result.write(&last)?;
    }
    Ok(run.result)
}

impl<W: Write> Run<'_, W> {
    fn source(&mut self, source: &Source, phase: &Phase) -> std::result::Result<(), Failure> {
        let mut lines = source.open()?;
        self.result.inputs.push(Input { file: source.name(), lines: 0 });
        loop {
            let mut blocks = Vec::with_capacity(BLOCKS_AT_A_TIME);
            while blocks.len() < BLOCKS_AT_A_TIME
                && let Some(block) = lines.block()?
            {
                blocks.push(block);
            }
            if blocks.is_empty() {
                return Ok(());
            }
            let mapping = &self.options.mapper;
            let entries: Vec<Vec<Entry>> = blocks.par_iter().map(|block| map_block(mapping, block)).collect();
            for entry in entries.into_iter().flatten() {
                self.entry(entry)?;
                phase.add(1);
            }
        }
    }

    /// Takes one mapped line in input order: looks for duplicates, packs, counts and tells.
    fn entry(&mut self, mut entry: Entry) -> std::result::Result<(), Failure> {
        let here = (u32::try_from(self.result.inputs.len() - 1).unwrap_or(u32::MAX), entry.line);
        let file = self.result.inputs.last_mut().map(|input| {
            input.lines += 1;
            input.file.clone()
        });
        let file = file.unwrap_or_default();
        self.result.books.read += 1;
        if let Some(customer) = entry.customer.take() {
            if let Some(finding) = self.first_objection(&entry, &customer, here) {
                entry.findings.push(finding);
            } else {
                let origin = Origin { segment_id: entry.segment_id.clone(), file: file.clone(), line: entry.line };
                self.result.books.customers += 1;
                if let Some(packed) = self.packer.add(&customer, origin) {
                    self.result.write(&packed)?;
                }
                entry.customer = Some(customer);
            }
        }
        self.result.tell(&entry, Place { file: &file, line: entry.line });
        Ok(())
    }

    /// What speaks against a customer that is well mapped: somebody was there before, or it is too large.
    fn first_objection(&mut self, entry: &Entry, customer: &[u8], here: (u32, u64)) -> Option<Finding<'static>> {
        if let Some(first) = insert_first(&mut self.profiles, &entry.segment_id, here) {
            let message = format!("the profile was already read from {}", self.place(first));
            return Some(objection(Reason::DuplicateProfile, "segment_id", &entry.segment_id, message));
        }
        if !self.packer.fits(customer) {
            let message = format!("the customer takes {} bytes, more than a batch may hold", customer.len());
            return Some(objection(Reason::CustomerTooLarge, "", "", message));
        }
        let first = insert_first(&mut self.source_ids, &entry.person.source_id, here)?;
        let message = format!("the profile at {} has the same `source_id` and came first", self.place(first));
        Some(objection(Reason::DuplicateSourceId, "source_id", &entry.person.source_id, message))
    }

    fn place(&self, (input, line): (u32, u64)) -> String {
        let file = self.result.inputs.get(input as usize).map_or("", |input| &input.file);
        format!("`{file}` line {line}")
    }
}

impl<W: Write> Result<W> {
    fn write(&mut self, packed: &Packed) -> std::result::Result<(), Failure> {
        match &mut self.output {
            Output::Folder(writer) => writer.write(packed),
            Output::Pipe { lines, gzipped } => {
                let mut line = packed.json.clone();
                line.push(b'\n');
                let line = if *gzipped { gzip(&line) } else { line };
                let written = lines.write_all(&line).and_then(|()| lines.flush());
                written.map_err(|error| Failure::stopped("cannot write the batches to standard output").because(error))
            }
        }
    }

    /// Rejected profiles go to one table and what else was noticed to the other; both are counted.
    fn tell(&mut self, entry: &Entry, place: Place<'_>) {
        let rejected = entry.customer.is_none();
        if rejected {
            self.books.rejected += 1;
        }
        let mut counted = BTreeSet::new();
        for finding in &entry.findings {
            let rejecting = finding.severity == Severity::Rejected;
            if rejected && !rejecting {
                continue;
            }
            let table = if rejected { &mut self.rejects } else { &mut self.warnings };
            table.add(&entry.segment_id, &entry.person, finding, place);
            count(&mut self.books.findings, finding, counted.insert(finding.reason));
        }
    }
}

fn map_block(mapper: &Mapper, block: &Block) -> Vec<Entry> {
    block.lines().map(|(line, text)| map_line(mapper, line, text)).collect()
}

fn map_line(mapper: &Mapper, line: u64, text: &[u8]) -> Entry {
    let (mut customer, mut findings) = (Vec::new(), Vec::new());
    let result = mapper.map(text, &[], &mut customer, &mut findings);
    let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned).unwrap_or_default();
    let person = Person { source_id: owned(result.source_id), email: owned(result.email), name: owned(result.name) };
    Entry {
        line,
        segment_id: owned(result.segment_id),
        person,
        customer: (!result.rejected).then_some(customer),
        findings: findings.into_iter().map(Finding::into_owned).collect(),
    }
}

/// Notes where a key came first; gives the place where it was before.
fn insert_first(seen: &mut HashMap<u128, (u32, u64)>, key: &str, here: (u32, u64)) -> Option<(u32, u64)> {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(key.as_bytes());
    let fingerprint = hash.iter().take(16).fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
    match seen.entry(fingerprint) {
        std::collections::hash_map::Entry::Occupied(first) => Some(*first.get()),
        std::collections::hash_map::Entry::Vacant(place) => {
            place.insert(here);
            None
        }
    }
}

fn objection(reason: Reason, field: &'static str, value: &str, message: String) -> Finding<'static> {
    Finding::new(reason, field, value.to_owned(), message)
}

fn count(findings: &mut BTreeMap<Reason, Count>, finding: &Finding<'_>, first_of_profile: bool) {
    let count = findings.entry(finding.reason).or_default();
    count.profiles += u64::from(first_of_profile);
    *count.fields.entry(finding.field.to_string()).or_default() += 1;
}
