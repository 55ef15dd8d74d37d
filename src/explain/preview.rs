//! A few people of an input as a transform would send them, before anything is written: those with the most findings,
//! and some of the others.

use std::{
    cmp::Reverse,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde::Serialize;
use serde_json::Value;

use super::trace::{self, Trace, shown};
use crate::{
    archive::{
        block::Block,
        feed::{self, Reading},
        reader::LineSource,
    },
    failure::Failure,
    json::tree,
    mapping::{Mapper, Workspace},
    progress::Phase,
    transform::corrections::Corrections,
};

/// One profile, and what would become of it.
#[derive(Debug, Serialize)]
pub struct Previewed {
    /// Segment's id of the profile.
    pub segment_id: String,
    /// File of the input.
    pub file: String,
    /// Line in that file, counted from 1.
    pub line: u64,
    /// Findings that have a row of their own.
    pub noticed: usize,
    /// For each field what it is made of: path and value.
    pub taken: Vec<Vec<(String, String)>>,
    /// The fields, the values that are left behind, and the findings.
    #[serde(flatten)]
    pub trace: Trace,
}

/// A line that may be shown.
#[derive(Debug)]
struct Candidate {
    noticed: usize,
    /// Of its `segment_id`: decides among equals, the same in every run.
    hash: u64,
    segment_id: String,
    source: usize,
    line: u64,
    text: String,
}

/// The best candidates, few at any time.
#[derive(Debug)]
struct Best {
    most: usize,
    /// Those with the most findings.
    dirtiest: Vec<Candidate>,
    /// Those with the lowest hashes, which lie anywhere.
    spread: Vec<Candidate>,
    /// Lines that were looked at.
    lines: u64,
}

impl Best {
    fn of(most: usize) -> Self {
        Self { most, dirtiest: Vec::new(), spread: Vec::new(), lines: 0 }
    }

    fn consider(&mut self, make: impl Fn() -> Candidate, noticed: usize, hash: u64) {
        self.lines += 1;
        let last = |list: &[Candidate], key: fn(&Candidate) -> (Reverse<usize>, u64)| {
            (list.len() >= self.most).then(|| list.last().map(key)).flatten()
        };
        if noticed > 0 && last(&self.dirtiest, by_findings).is_none_or(|last| (Reverse(noticed), hash) < last) {
            add(&mut self.dirtiest, make(), self.most, by_findings);
        }
        if last(&self.spread, by_hash).is_none_or(|last| (Reverse(0), hash) < last) {
            add(&mut self.spread, make(), self.most, by_hash);
        }
    }

    fn merge(&mut self, later: Self) {
        self.lines += later.lines;
        later.dirtiest.into_iter().for_each(|one| add(&mut self.dirtiest, one, self.most, by_findings));
        later.spread.into_iter().for_each(|one| add(&mut self.spread, one, self.most, by_hash));
    }

    /// Half of them dirty, where there are so many, and the rest from anywhere; in input order within each half.
    fn chosen(self) -> Vec<Candidate> {
        let Self { most, mut dirtiest, spread, .. } = self;
        let more = dirtiest.split_off(dirtiest.len().min(most.div_ceil(2)));
        let mut chosen = dirtiest;
        for one in spread.into_iter().chain(more) {
            if chosen.len() < most && !chosen.iter().any(|other| (other.source, other.line) == (one.source, one.line)) {
                chosen.push(one);
            }
        }
        chosen
    }
}

fn by_findings(candidate: &Candidate) -> (Reverse<usize>, u64) {
    (Reverse(candidate.noticed), candidate.hash)
}

fn by_hash(candidate: &Candidate) -> (Reverse<usize>, u64) {
    (Reverse(0), candidate.hash)
}

fn add(list: &mut Vec<Candidate>, one: Candidate, most: usize, key: fn(&Candidate) -> (Reverse<usize>, u64)) {
    let at = list.partition_point(|other| key(other) <= key(&one));
    list.insert(at, one);
    list.truncate(most);
}

/// Reads everything in `sources` once, and shows `most` of the people.
///
/// # Errors
/// An input that cannot be read.
pub fn preview(
    sources: &[LineSource],
    (mapper, corrections): (&Mapper, &Corrections),
    reading: Reading,
    most: usize,
    phase: &Phase,
) -> Result<Vec<Previewed>, Failure> {
    let names: Vec<String> = sources.iter().map(LineSource::name).collect();
    let look = |source: usize, block: &Block| {
        let mut best = Best::of(most);
        let mut workspace = Workspace::default();
        let mut customer = Vec::new();
        for (line, text) in block.lines() {
            let mut findings = Vec::new();
            customer.clear();
            let corrected = |segment_id: &str| corrections.of(segment_id, &names[source], line);
            let result = mapper.map(text, corrected, &mut workspace, &mut customer, &mut findings);
            let noticed = findings.iter().filter(|finding| !finding.reason.is_about_the_key()).count();
            let segment_id = result.segment_id.unwrap_or_default().into_owned();
            let mut hasher = DefaultHasher::new();
            segment_id.hash(&mut hasher);
            let hash = hasher.finish();
            let text = String::from_utf8_lossy(text);
            let make = || {
                let (segment_id, text) = (segment_id.clone(), text.clone().into_owned());
                Candidate { noticed, hash, segment_id, source, line, text }
            };
            best.consider(make, noticed, hash);
        }
        best
    };
    let mut best = Best::of(most);
    feed::in_order(sources, reading, look, |later| {
        phase.add(later.lines);
        best.merge(later);
        Ok(())
    })?;
    Ok(best.chosen().into_iter().map(|one| previewed(one, &names, mapper, corrections)).collect())
}

fn previewed(one: Candidate, names: &[String], mapper: &Mapper, corrections: &Corrections) -> Previewed {
    let file = names[one.source].clone();
    let profile = tree(&one.text).unwrap_or_default();
    let corrections = corrections.of(&one.segment_id, &file, one.line);
    let mut trace = trace::trace(&profile, mapper, corrections);
    trace.findings = trace::noticed(&one.text, mapper, corrections);
    let taken =
        trace.fields.iter().map(|field| field.from.iter().map(|path| (path.clone(), before(&profile, path))).collect());
    Previewed { segment_id: one.segment_id, file, line: one.line, noticed: one.noticed, taken: taken.collect(), trace }
}

/// The value at a path as mapping files name it.
fn before(profile: &Value, path: &str) -> String {
    let listed = || {
        let kind = path.strip_prefix("/external_ids/")?;
        let ids = profile.get("external_ids")?.as_array()?;
        ids.iter().find(|id| id.get("type").is_some_and(|other| other == kind))?.get("id")
    };
    profile.pointer(path).or_else(listed).map(shown).unwrap_or_default()
}
