//! What one thread does: the lines of a block become customers, one after another in one buffer, and what there is to say
//! of them becomes rows of the tables.

use std::{borrow::Cow, collections::HashMap, ops::Range};

use super::{
    TransformOptions,
    content::{Content, Ends, Table},
    corrections::Tried,
    duplicates::{Fingerprint, Fingerprints, Grouped},
    pieces::Pieces,
    tally::{Noticed, Tally},
    told::{Person, Told, Untold, about_finding},
};
use crate::{
    archive::{
        block::Block,
        forms::{self, Form},
        reader::LONGEST_LINE,
    },
    batches::{
        filter::{Filter, Keys},
        origins,
        packing::Limits,
    },
    findings::{Finding, FindingRow, Reason, RowsOf, Severity},
    mapping::{Counted, Learnt, Mapped, Mapper, Workspace},
};

/// Bytes by which the form of a file is guessed.
const SEEN: usize = 4_096;

/// Bytes of rows that one line may make here; more are made row by row where they are written.
const MOST_ROWS: usize = 1 << 20;

/// The mapped lines of a block.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Position of the source.
    pub(super) source: usize,
    /// Lines that are not blank, and of this partition.
    pub(super) lines: u64,
    /// Of those, the ones whose findings reject them.
    pub(super) rejected: u64,
    /// And the ones that a rule of the mapping skips.
    pub(super) skipped: u64,
    /// All others, in order.
    pub(super) candidates: Vec<Candidate>,
    /// The same by where their ids are looked for.
    pub(super) by_profile: Grouped,
    pub(super) by_source_id: Grouped,
    /// Positions of those against whom something speaks.
    pub(super) objected: Vec<usize>,
    /// Where the JSON and the row of origins of each of those end.
    pub(super) ends: Vec<Ends>,
    /// What else there is of each of those.
    pub(super) asides: Vec<Aside>,
    /// What became of corrections.
    pub(super) tried: Vec<Tried>,
    /// Traits that no path of the mapping leads to.
    pub(super) unmapped: Counted,
    /// Lines of other partitions.
    pub(super) passed_over: u64,
    /// Number of the last line of the block.
    pub(super) last_line: u64,
    /// What the file seems to be, where its first line is no profile.
    pub(super) seems: Option<Form>,
    /// What findings are about: each reason with each field once.
    pub(super) kinds: Vec<(Reason, String)>,
    /// All findings, counted.
    pub(super) tally: Tally,
    /// Findings of all lines, in order.
    noticed: Vec<Noticed>,
    /// Rows that are not made yet, in order.
    pub(super) untold: Vec<Untold>,
    /// The rows of all tables, in order.
    pub(super) pieces: Pieces,
    /// What goes to the disk.
    pub(super) content: Content,
    /// By what the profiles are known, where an index is made.
    pub(super) filter: Option<Filter>,
    /// Room for what the filter is made of.
    keys: Keys,
    /// Positions of what findings are about, by field.
    known: HashMap<String, Vec<usize>>,
    pub(super) maker: RowsOf,
    origins: origins::RowsOf,
    lists_skipped: bool,
    limits: Limits,
}

/// Who becomes a customer, unless somebody was there before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// Stands for the profile's id.
    pub(super) profile: Fingerprint,
    /// Stands for the customer's id.
    pub(super) source_id: Fingerprint,
    /// Number of the line in its file.
    pub(super) line: u64,
    /// Bytes of JSON.
    pub(super) bytes: usize,
    /// The number of the profile in all of the input.
    pub(super) number: u32,
    /// What speaks against it.
    pub(super) objection: Option<Objection>,
}

/// What speaks against a customer that is well mapped.
#[derive(Debug, Clone, Copy)]
pub(super) enum Objection {
    /// The profile came before, under this number.
    Profile(u32),
    /// The identity came before, under this number.
    SourceId(u32),
    /// It takes more bytes than a batch.
    TooLarge,
}

/// What there is of a candidate beside the JSON.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Aside {
    /// How many rows of warnings.
    pub(super) rows: u64,
    /// Where those end.
    warnings: usize,
    /// Where a row of rejects about it would stand.
    pub(super) rejects: usize,
    /// Where its findings begin and end.
    noticed: (usize, usize),
}

impl Chunk {
    /// Maps a block in the room of this one, which is not needed any more, with what was learnt on other blocks. `file` is its
    /// name in tables; where it is `indexed`, it is noted by what its profiles are known.
    pub(super) fn map(
        self,
        options: &TransformOptions,
        fingerprints: &Fingerprints,
        (content, learnt): (Content, Learnt),
        (source, file): (usize, &str),
        block: &Block,
        indexed: bool,
    ) -> (Self, Learnt) {
        let TransformOptions { mapper: mapping, corrections, .. } = options;
        let mut chunk = Self {
            content,
            origins: origins::RowsOf::new(file),
            lists_skipped: options.skipped.is_some(),
            passed_over: block.passed_over,
            limits: options.settings.limits(),
            ..self.begun(source, RowsOf::new(options.dialect, file))
        };
        let (mut workspace, mut findings) = (Workspace::with(learnt), Vec::new());
        let mut keys = std::mem::take(&mut chunk.keys);
        for (line, text) in block.lines() {
            chunk.last_line = line;
            let mapped = if block.overlong == Some(line) || text.len() > LONGEST_LINE {
                findings.push(too_long(text));
                Mapped { rejected: true, ..Mapped::default() }
            } else {
                let corrections = |segment_id: &str| corrections.of(segment_id, file, line);
                mapping.map(text, corrections, &mut workspace, &mut chunk.content.customers, &mut findings)
            };
            if indexed {
                add_keys(&mut keys, mapping, &workspace, (text, &mapped));
            }
            if line == 1 && findings.iter().any(|finding| finding.reason == Reason::MalformedLine) {
                chunk.seems = Some(forms::seems(&block.bytes[..block.bytes.len().min(SEEN)]));
            }
            chunk.entry((file, line), fingerprints, mapped, &mut findings);
            findings.clear();
        }
        chunk.filter = indexed.then(|| keys.filter());
        chunk.keys = keys;
        let (unmapped, learnt) = workspace.finish();
        chunk.unmapped = unmapped;
        chunk.noticed.iter().for_each(|noticed| chunk.tally.add(*noticed));
        (chunk, learnt)
    }

    /// Another one in the room of this one.
    fn begun(mut self, source: usize, maker: RowsOf) -> Self {
        self.candidates.clear();
        self.objected.clear();
        self.ends.clear();
        self.asides.clear();
        self.kinds.clear();
        self.noticed.clear();
        self.known.clear();
        self.keys.clear();
        Self {
            source,
            candidates: self.candidates,
            by_profile: self.by_profile,
            by_source_id: self.by_source_id,
            objected: self.objected,
            ends: self.ends,
            asides: self.asides,
            kinds: self.kinds,
            noticed: self.noticed,
            known: self.known,
            keys: self.keys,
            maker,
            ..Self::default()
        }
    }

    fn entry<'a>(
        &mut self,
        (file, line): (&'a str, u64),
        fingerprints: &Fingerprints,
        mut mapped: Mapped<'a>,
        findings: &mut Vec<Finding<'a>>,
    ) {
        let segment_id = mapped.segment_id.take().unwrap_or_default();
        let source_id = mapped.source_id.take().unwrap_or_default();
        if !mapped.corrections.is_empty() {
            let (segment_id, file) = (segment_id.to_string(), file.to_owned());
            self.tried.push(Tried { segment_id, file, line, applied: std::mem::take(&mut mapped.corrections) });
        }
        self.lines += 1;
        let table = match (mapped.skipped_by, mapped.rejected) {
            (Some(_), _) => Table::Skipped,
            (None, true) => Table::Rejects,
            (None, false) => Table::Warnings,
        };
        match table {
            Table::Skipped => self.skipped += 1,
            Table::Rejects => self.rejected += 1,
            Table::Warnings => self.candidate((&segment_id, &source_id), line, fingerprints),
        }
        let (noticed, rows) = (self.noticed.len(), self.pieces.rows[Table::Warnings as usize]);
        if !findings.is_empty() || self.lists_skipped && table == Table::Skipped {
            let person = FindingRow { segment_id, source_id, file: file.into(), line, ..FindingRow::default() };
            self.tell(table, person, mapped, findings);
        }
        if table == Table::Warnings {
            self.asides.push(Aside {
                rows: self.pieces.rows[Table::Warnings as usize] - rows,
                warnings: self.content.rows[Table::Warnings as usize].len(),
                rejects: self.content.rows[Table::Rejects as usize].len(),
                noticed: (noticed, self.noticed.len()),
            });
        }
    }

    /// Adds a candidate, whose JSON was written already.
    fn candidate(&mut self, ids: (&str, &str), line: u64, fingerprints: &Fingerprints) {
        let Content { customers, origins, .. } = &mut self.content;
        let bytes = customers.len() - self.ends.last().map_or(0, |end| end.customers);
        customers.push(b',');
        self.origins.put(origins, ids.0, line);
        self.ends.push(Ends { customers: customers.len(), origins: origins.len() });
        let (profile, source_id) = (fingerprints.of(ids.0), fingerprints.of(ids.1));
        let objection = (!self.limits.fit(bytes)).then_some(Objection::TooLarge);
        self.candidates.push(Candidate { profile, source_id, line, bytes, number: 0, objection });
    }

    /// Notes what is to be counted and makes the rows; of a rejected profile only what rejects it is told.
    fn tell<'a>(&mut self, table: Table, person: FindingRow<'a>, mapped: Mapped<'a>, findings: &mut Vec<Finding<'a>>) {
        let (email, name) = (mapped.email.unwrap_or_default(), mapped.name.unwrap_or_default());
        let person = FindingRow { email, name, ..person };
        if let Some(rule) = mapped.skipped_by {
            let message = format!("the `[[skip]]` number {rule} of the mapping");
            let row = FindingRow { reason: "skipped".into(), message: message.into(), ..person };
            self.maker.put(&row, &mut self.content.rows[table as usize]);
            self.pieces.rows[table as usize] += 1;
            return;
        }
        if table == Table::Rejects {
            findings.retain(|finding| finding.severity == Severity::Rejected);
        }
        let begin = self.noticed.len();
        for finding in &*findings {
            let kind = self.kind(finding);
            let earlier = &self.noticed[begin..];
            let first_of_profile = !earlier.iter().any(|earlier| self.kinds[earlier.kind].0 == finding.reason);
            self.noticed.push(Noticed { kind, first_of_profile });
        }
        findings.retain(|finding| table == Table::Rejects || !finding.reason.is_about_the_key());
        let each = person.email.len() + person.name.len() + person.segment_id.len() + person.source_id.len();
        if each.saturating_mul(findings.len()) > MOST_ROWS {
            let text = Cow::into_owned;
            let [source_id, email, name, segment_id] =
                [person.source_id, person.email, person.name, person.segment_id].map(text);
            let findings = findings.drain(..).map(Finding::into_owned).collect();
            let told = Box::new(Told { segment_id, person: Person { source_id, email, name }, findings });
            self.untold.push(Untold { table, place: self.content.rows[table as usize].len(), told, line: person.line });
            return;
        }
        self.pieces.rows[table as usize] += findings.len() as u64;
        for finding in &*findings {
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
            self.maker.put(&person, &mut self.content.rows[table as usize]);
        }
    }

    /// The position of what a finding is about.
    pub(super) fn kind(&mut self, finding: &Finding<'_>) -> usize {
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

    /// Where the candidates from a position on begin.
    pub(super) fn begin(&self, position: usize) -> Ends {
        position.checked_sub(1).map_or_else(Ends::default, |before| self.ends[before])
    }

    /// Where the rows of warnings about the candidate at a position lie.
    pub(super) fn warnings(&self, position: usize) -> Range<usize> {
        position.checked_sub(1).map_or(0, |before| self.asides[before].warnings)..self.asides[position].warnings
    }

    /// Counts what was noticed about the candidate at a position no longer.
    pub(super) fn take_back(&mut self, position: usize) {
        let (begin, end) = self.asides[position].noticed;
        self.tally.take_back(&self.noticed[begin..end]);
    }
}

/// Adds by what a profile is known. Whoever looks for one maps it as nobody corrected it.
fn add_keys<'a>(keys: &mut Keys, mapping: &Mapper, workspace: &Workspace<'a>, (line, became): (&[u8], &Mapped<'a>)) {
    if became.segment_id.is_none() {
        // What is no profile may be known by anything.
        keys.add_anybody();
        return;
    }
    // What is part of the line stood there without escapes, nearly always as an external id.
    let plain = became.source_id.as_ref().filter(|source_id| matches!(source_id, Cow::Borrowed(_)));
    let is_it = |json: &str| {
        let inner = json.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        inner.is_some_and(|inner| plain.is_some_and(|plain| plain == inner))
    };
    let mut is_known = false;
    for json in mapping.known_by(workspace) {
        is_known = is_known || is_it(json);
        keys.add_json(json);
    }
    if !became.corrections.is_empty() {
        let (mut room, customer, findings) = (Workspace::default(), &mut Vec::new(), &mut Vec::new());
        let as_it_was = mapping.map(line, |_| &[], &mut room, customer, findings);
        as_it_was.source_id.iter().for_each(|source_id| keys.add(source_id));
    } else if !is_known {
        became.source_id.iter().for_each(|source_id| keys.add(source_id));
    }
}

fn too_long(text: &[u8]) -> Finding<'static> {
    let value: String = String::from_utf8_lossy(&text[..text.len().min(800)]).chars().take(200).collect();
    let message = format!("the line is longer than {} MiB", LONGEST_LINE >> 20);
    Finding::new(Reason::MalformedLine, "", value, message)
}
