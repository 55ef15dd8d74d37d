//! What one thread does: the lines of a block become customers, one after another in one buffer.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::{TransformOptions, corrections::Tried};
use crate::{
    archive::{
        block::Block,
        forms::{self, Form},
        reader::LONGEST_LINE,
    },
    batches::origins,
    findings::{Finding, FindingRow, Reason},
    mapping::{Mapped, Unmapped, Workspace},
};

/// Bytes by which the form of a file is guessed.
const SEEN: usize = 4_096;

/// The mapped lines of a block. Customers and origin rows lie in two long buffers, so that a line costs no allocation.
#[derive(Debug)]
pub(super) struct Chunk {
    /// Position of the source.
    pub(super) source: usize,
    /// One for each line that is not blank, in order.
    pub(super) entries: Vec<Entry>,
    /// What became of corrections.
    pub(super) tried: Vec<Tried>,
    /// Traits that no path of the mapping leads to.
    pub(super) unmapped: Unmapped,
    /// Lines of other partitions.
    pub(super) passed_over: u64,
    /// Number of the last line of the block.
    pub(super) last_line: u64,
    /// What the file seems to be, where its first line is no profile.
    pub(super) seems: Option<Form>,
    customers: Vec<u8>,
    origins: Vec<u8>,
}

/// One line.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its number in its file.
    pub(super) line: u64,
    /// Fingerprints of the profile's and the customer's id; none for a rejected profile.
    pub(super) fingerprints: Option<(Fingerprint, Fingerprint)>,
    /// What was noticed, and about whom; most lines have nothing.
    pub(super) told: Option<Box<Told>>,
    /// The rule that skipped the profile, counted from 1; what was told then says only whom.
    pub(super) skipped_by: Option<usize>,
    /// Where its customer and its origin row end; nothing was added for a rejected profile.
    ends: (usize, usize),
}

/// What people need to recognise somebody in a table.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) source_id: String,
    pub(super) email: String,
    pub(super) name: String,
}

/// Findings, with what people need to recognise whom they are about.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) segment_id: String,
    pub(super) person: Person,
    pub(super) findings: Vec<Finding<'static>>,
}

impl Told {
    /// A finding as a row of a table.
    pub(super) fn row<'a>(&'a self, finding: &'a Finding<'_>, file: &'a str, line: u64) -> FindingRow<'a> {
        FindingRow {
            segment_id: (&self.segment_id).into(),
            source_id: (&self.person.source_id).into(),
            email: (&self.person.email).into(),
            name: (&self.person.name).into(),
            reason: finding.reason.as_str().into(),
            field: (&*finding.field).into(),
            value: (&*finding.value).into(),
            message: (&finding.message).into(),
            file: file.into(),
            line,
        }
    }
}

impl Told {
    /// A row about whom it is, without a finding.
    pub(super) fn row_of<'a>(&'a self, reason: &'a str, message: String, file: &'a str, line: u64) -> FindingRow<'a> {
        FindingRow {
            segment_id: (&self.segment_id).into(),
            source_id: (&self.person.source_id).into(),
            email: (&self.person.email).into(),
            name: (&self.person.name).into(),
            reason: reason.into(),
            message: message.into(),
            file: file.into(),
            line,
            ..FindingRow::default()
        }
    }
}

/// Stands for an id: 80 bits of its SHA-256, so that even among billions no two ids are likely to be taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; 10]);

impl Fingerprint {
    pub(super) fn of(id: &str) -> Self {
        Self(Sha256::digest(id.as_bytes()).first_chunk().copied().unwrap_or_default())
    }

    /// For tables: a hash it is already.
    pub(super) fn hash(self) -> u64 {
        self.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

impl Chunk {
    /// Maps a block. `file` is its name in tables.
    pub(super) fn map(options: &TransformOptions, source: usize, file: &str, block: &Block) -> Self {
        let TransformOptions { mapper: mapping, corrections, .. } = options;
        let customers = Vec::with_capacity(block.bytes.len() / 3);
        let mut chunk = Self {
            source,
            entries: Vec::new(),
            tried: Vec::new(),
            unmapped: Unmapped::default(),
            passed_over: 0,
            last_line: block.first_line,
            seems: None,
            customers,
            origins: Vec::new(),
        };
        let other = |text: &[u8]| {
            options.partition.is_some_and(|partition| !partition.takes(text, &options.settings.identifier))
        };
        let mut workspace = Workspace::default();
        for (line, text) in block.lines() {
            chunk.last_line = line;
            if other(text) {
                chunk.passed_over += 1;
                continue;
            }
            let mut findings = Vec::new();
            let mapped = if block.overlong == Some(line) || text.len() > LONGEST_LINE {
                findings.push(too_long(text));
                Mapped { rejected: true, ..Mapped::default() }
            } else {
                let corrections = |segment_id: &str| corrections.of(segment_id, file, line);
                mapping.map(text, corrections, &mut workspace, &mut chunk.customers, &mut findings)
            };
            if line == 1 && findings.iter().any(|finding| finding.reason == Reason::MalformedLine) {
                chunk.seems = Some(forms::seems(&block.bytes[..block.bytes.len().min(SEEN)]));
            }
            chunk.entry(file, line, mapped, findings);
        }
        chunk.unmapped = workspace.unmapped();
        chunk
    }

    fn entry(&mut self, file: &str, line: u64, mapped: Mapped<'_>, findings: Vec<Finding<'_>>) {
        let segment_id = mapped.segment_id.unwrap_or_default();
        let source_id = mapped.source_id.unwrap_or_default();
        if !mapped.corrections.is_empty() {
            let (segment_id, file) = (segment_id.to_string(), file.to_owned());
            self.tried.push(Tried { segment_id, file, line, applied: mapped.corrections });
        }
        let mut fingerprints = None;
        if !mapped.rejected {
            origins::write_row(&mut self.origins, &segment_id, file, line);
            fingerprints = Some((Fingerprint::of(&segment_id), Fingerprint::of(&source_id)));
        }
        let told = (!findings.is_empty() || mapped.skipped_by.is_some()).then(|| {
            let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned).unwrap_or_default();
            let person =
                Person { source_id: source_id.into_owned(), email: owned(mapped.email), name: owned(mapped.name) };
            let findings = findings.into_iter().map(Finding::into_owned).collect();
            Box::new(Told { segment_id: segment_id.into_owned(), person, findings })
        });
        let skipped_by = mapped.skipped_by;
        self.entries.push(Entry {
            line,
            fingerprints,
            told,
            skipped_by,
            ends: (self.customers.len(), self.origins.len()),
        });
    }

    /// JSON of the customer of the entry at a position, and its row of the table of origins.
    pub(super) fn customer(&self, position: usize) -> (&[u8], &[u8]) {
        let before = position.checked_sub(1).map_or((0, 0), |before| self.entries[before].ends);
        let ends = self.entries[position].ends;
        (&self.customers[before.0..ends.0], &self.origins[before.1..ends.1])
    }

    /// Whom the customer at a position is about, for the rare row that is written after the mapping.
    pub(super) fn about(&self, position: usize) -> Told {
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Written {
            source_id: String,
            email: Option<String>,
            name: Option<String>,
        }
        let (customer, origin) = self.customer(position);
        let Written { source_id, email, name } = serde_json::from_slice(customer).unwrap_or_default();
        let person = Person { source_id, email: email.unwrap_or_default(), name: name.unwrap_or_default() };
        Told { segment_id: origins::segment_id(origin), person, findings: Vec::new() }
    }
}

fn too_long(text: &[u8]) -> Finding<'static> {
    let value: String = String::from_utf8_lossy(&text[..text.len().min(800)]).chars().take(200).collect();
    let message = format!("the line is longer than {} MiB", LONGEST_LINE >> 20);
    Finding::new(Reason::MalformedLine, "", value, message)
}
