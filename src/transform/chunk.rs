//! What one thread does: the lines of a block become customers, one after another in one buffer, and what there is to say
//! of them becomes rows of the tables.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use super::{
    TransformOptions,
    corrections::Tried,
    duplicates::{Fingerprint, Fingerprints},
};
use crate::{
    archive::{
        block::Block,
        forms::{self, Form},
        reader::LONGEST_LINE,
    },
    batches::origins,
    findings::{self, Finding, FindingRow, Reason, Severity},
    mapping::{Mapped, Unmapped, Workspace},
    tables::Dialect,
};

/// Bytes by which the form of a file is guessed.
const SEEN: usize = 4_096;

/// Bytes of rows that one line may make here; more are made row by row where they are written.
const MOST_ROWS: usize = 1 << 20;

/// The mapped lines of a block.
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
    /// What findings are about: each reason with each field once.
    pub(super) kinds: Vec<(Reason, String)>,
    /// Findings of all lines, in order.
    pub(super) noticed: Vec<Noticed>,
    /// What goes to the disk.
    pub(super) content: Content,
    /// Positions of what findings are about, by field.
    known: HashMap<String, Vec<usize>>,
    dialect: Dialect,
    lists_skipped: bool,
}

/// What the lines of a block become: long buffers, so that a line costs no allocation.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// JSON of customers, with a comma behind each.
    pub(super) customers: Vec<u8>,
    /// Rows of the table of origins.
    pub(super) origins: Vec<u8>,
    /// Rows of the tables of findings.
    pub(super) rows: Vec<u8>,
}

/// One finding, to be counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noticed {
    /// Position of what it is about.
    pub(super) kind: usize,
    /// Whether its profile has no finding before it for the same reason.
    pub(super) first_of_profile: bool,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineFate {
    /// A customer, unless somebody was there before; fingerprints of the profile's and the customer's id.
    Customer(Fingerprint, Fingerprint),
    /// No customer: its findings say why.
    Rejected,
    /// No customer, as a rule of the mapping wants it.
    Skipped,
}

/// One line.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its number in its file.
    pub(super) line: u64,
    /// What becomes of it.
    pub(super) fate: LineFate,
    /// How many rows there are of it.
    pub(super) rows: u64,
    /// What was noticed, where its rows are not made yet.
    pub(super) told: Option<Box<Told>>,
    ends: Ends,
}

/// Where what became of a line ends in the buffers; nothing was added for a rejected profile but rows.
#[derive(Debug, Clone, Copy, Default)]
struct Ends {
    customers: usize,
    origins: usize,
    rows: usize,
    noticed: usize,
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
        let row = about_finding(finding);
        FindingRow {
            segment_id: (&self.segment_id).into(),
            source_id: (&self.person.source_id).into(),
            email: (&self.person.email).into(),
            name: (&self.person.name).into(),
            file: file.into(),
            line,
            ..row
        }
    }
}

/// What a finding says in a row.
fn about_finding<'a>(finding: &'a Finding<'_>) -> FindingRow<'a> {
    FindingRow {
        reason: finding.reason.as_str().into(),
        field: (&*finding.field).into(),
        value: (&*finding.value).into(),
        message: (&finding.message).into(),
        ..FindingRow::default()
    }
}

impl Chunk {
    /// Maps a block. `file` is its name in tables.
    pub(super) fn map(
        options: &TransformOptions,
        fingerprints: &Fingerprints,
        (source, file): (usize, &str),
        block: &Block,
    ) -> Self {
        let TransformOptions { mapper: mapping, corrections, .. } = options;
        let mut chunk = Self {
            source,
            entries: Vec::new(),
            tried: Vec::new(),
            unmapped: Unmapped::default(),
            passed_over: block.passed_over,
            last_line: 0,
            seems: None,
            kinds: Vec::new(),
            noticed: Vec::new(),
            content: Content { customers: Vec::with_capacity(block.bytes.len() / 3), ..Content::default() },
            known: HashMap::new(),
            dialect: options.dialect,
            lists_skipped: options.skipped.is_some(),
        };
        let mut workspace = Workspace::default();
        for (line, text) in block.lines() {
            chunk.last_line = line;
            let mut findings = Vec::new();
            let mapped = if block.overlong == Some(line) || text.len() > LONGEST_LINE {
                findings.push(too_long(text));
                Mapped { rejected: true, ..Mapped::default() }
            } else {
                let corrections = |segment_id: &str| corrections.of(segment_id, file, line);
                mapping.map(text, corrections, &mut workspace, &mut chunk.content.customers, &mut findings)
            };
            if line == 1 && findings.iter().any(|finding| finding.reason == Reason::MalformedLine) {
                chunk.seems = Some(forms::seems(&block.bytes[..block.bytes.len().min(SEEN)]));
            }
            chunk.entry((file, line), fingerprints, mapped, findings);
        }
        chunk.unmapped = workspace.unmapped();
        chunk
    }

    fn entry(
        &mut self,
        (file, line): (&str, u64),
        fingerprints: &Fingerprints,
        mut mapped: Mapped<'_>,
        findings: Vec<Finding<'_>>,
    ) {
        let segment_id = mapped.segment_id.take().unwrap_or_default();
        let source_id = mapped.source_id.take().unwrap_or_default();
        if !mapped.corrections.is_empty() {
            let (segment_id, file) = (segment_id.to_string(), file.to_owned());
            self.tried.push(Tried { segment_id, file, line, applied: std::mem::take(&mut mapped.corrections) });
        }
        let mut entry = Entry { line, fate: LineFate::Rejected, rows: 0, told: None, ends: Ends::default() };
        if mapped.skipped_by.is_some() {
            entry.fate = LineFate::Skipped;
        } else if !mapped.rejected {
            self.content.customers.push(b',');
            origins::write_row(&mut self.content.origins, &segment_id, file, line);
            entry.fate = LineFate::Customer(fingerprints.of(&segment_id), fingerprints.of(&source_id));
        }
        if !findings.is_empty() || self.lists_skipped && entry.fate == LineFate::Skipped {
            let person = FindingRow { segment_id, source_id, file: file.into(), line, ..FindingRow::default() };
            self.tell(&mut entry, person, mapped, findings);
        }
        entry.ends = Ends {
            customers: self.content.customers.len(),
            origins: self.content.origins.len(),
            rows: self.content.rows.len(),
            noticed: self.noticed.len(),
        };
        self.entries.push(entry);
    }

    /// Notes what is to be counted and makes the rows; of a rejected profile only what rejects it is told.
    fn tell<'a>(
        &mut self,
        entry: &mut Entry,
        person: FindingRow<'a>,
        mapped: Mapped<'a>,
        mut findings: Vec<Finding<'a>>,
    ) {
        let (email, name) = (mapped.email.unwrap_or_default(), mapped.name.unwrap_or_default());
        let person = FindingRow { email, name, ..person };
        if let Some(rule) = mapped.skipped_by {
            let message = format!("the `[[skip]]` number {rule} of the mapping");
            let row = FindingRow { reason: "skipped".into(), message: message.into(), ..person };
            findings::put(&row, self.dialect, &mut self.content.rows);
            entry.rows = 1;
            return;
        }
        if entry.fate == LineFate::Rejected {
            findings.retain(|finding| finding.severity == Severity::Rejected);
        }
        let begin = self.noticed.len();
        for finding in &findings {
            let kind = self.kind(finding);
            let earlier = &self.noticed[begin..];
            let first_of_profile = !earlier.iter().any(|earlier| self.kinds[earlier.kind].0 == finding.reason);
            self.noticed.push(Noticed { kind, first_of_profile });
        }
        findings.retain(|finding| entry.fate == LineFate::Rejected || !finding.reason.is_about_the_key());
        let each = person.email.len() + person.name.len() + person.segment_id.len() + person.source_id.len();
        if each.saturating_mul(findings.len()) > MOST_ROWS {
            let text = Cow::into_owned;
            let [source_id, email, name, segment_id] =
                [person.source_id, person.email, person.name, person.segment_id].map(text);
            let findings = findings.into_iter().map(Finding::into_owned).collect();
            entry.told = Some(Box::new(Told { segment_id, person: Person { source_id, email, name }, findings }));
            return;
        }
        entry.rows = findings.len() as u64;
        for finding in &findings {
            let FindingRow { reason, field, value, message, .. } = about_finding(finding);
            let person = FindingRow {
                segment_id: (&*person.segment_id).into(),
                source_id: (&*person.source_id).into(),
                email: (&*person.email).into(),
                name: (&*person.name).into(),
                file: (&*person.file).into(),
                reason,
                field,
                value,
                message,
                line: person.line,
            };
            findings::put(&person, self.dialect, &mut self.content.rows);
        }
    }

    /// The position of what a finding is about.
    fn kind(&mut self, finding: &Finding<'_>) -> usize {
        let is_it = |kinds: &[(Reason, String)], at: usize| kinds[at].0 == finding.reason;
        if let Some(alike) = self.known.get_mut(&*finding.field) {
            if let Some(position) = alike.iter().find(|position| is_it(&self.kinds, **position)) {
                return *position;
            }
            alike.push(self.kinds.len());
        } else {
            self.known.insert(finding.field.to_string(), vec![self.kinds.len()]);
        }
        self.kinds.push((finding.reason, finding.field.to_string()));
        self.kinds.len() - 1
    }

    /// Where the entry at a position begins and ends.
    fn ends(&self, position: usize) -> (Ends, Ends) {
        let before = position.checked_sub(1).map_or_else(Ends::default, |before| self.entries[before].ends);
        (before, self.entries[position].ends)
    }

    /// Where the JSON of the customer at a position lies, with its comma, and its row of the table of origins.
    pub(super) fn customer(&self, position: usize) -> (Range<usize>, Range<usize>) {
        let (begin, end) = self.ends(position);
        (begin.customers..end.customers, begin.origins..end.origins)
    }

    /// Where the rows about the line at a position lie.
    pub(super) fn rows(&self, position: usize) -> Range<usize> {
        let (begin, end) = self.ends(position);
        begin.rows..end.rows
    }

    /// What was noticed about the line at a position.
    pub(super) fn noticed(&self, position: usize) -> &[Noticed] {
        let (begin, end) = self.ends(position);
        &self.noticed[begin.noticed..end.noticed]
    }

    /// Whom the customer at a position is about, for the rare row that is written after the mapping.
    pub(super) fn about(&self, content: &Content, position: usize) -> Told {
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Written {
            source_id: String,
            email: Option<String>,
            name: Option<String>,
        }
        let (customer, origin) = self.customer(position);
        let customer = &content.customers[customer.start..customer.end - 1];
        let Written { source_id, email, name } = serde_json::from_slice(customer).unwrap_or_default();
        let person = Person { source_id, email: email.unwrap_or_default(), name: name.unwrap_or_default() };
        Told { segment_id: origins::segment_id(&content.origins[origin]), person, findings: Vec::new() }
    }
}

fn too_long(text: &[u8]) -> Finding<'static> {
    let value: String = String::from_utf8_lossy(&text[..text.len().min(800)]).chars().take(200).collect();
    let message = format!("the line is longer than {} MiB", LONGEST_LINE >> 20);
    Finding::new(Reason::MalformedLine, "", value, message)
}
