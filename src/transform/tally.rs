//! Findings of a block, counted by reason and field before they go into the books: few names come, many times.

use std::collections::BTreeMap;

use super::chunk::{Chunk, Noticed};
use crate::{
    batches::manifest::Count,
    findings::{Finding, Reason},
};

/// Fields that are counted one by one for a reason; metadata may have a key of its own in each profile.
const MOST_FIELDS: usize = 1_000;
/// Stands for all fields beyond those.
const OTHER_FIELDS: &str = "(others)";

/// How often each reason came, by field.
pub(super) type Findings = BTreeMap<Reason, Count>;

/// How often what findings of one block are about came.
#[derive(Debug)]
pub(super) struct Tally {
    /// Findings, and profiles for which it was the first one for its reason; as the block orders them.
    counts: Vec<(u64, u64)>,
    /// Those that came, in the order in which they came first.
    order: Vec<usize>,
}

impl Tally {
    /// Begins with nothing.
    pub(super) fn of(chunk: &Chunk) -> Self {
        Self { counts: vec![(0, 0); chunk.kinds.len()], order: Vec::new() }
    }

    /// Counts the findings of a line.
    pub(super) fn add(&mut self, noticed: &[Noticed]) {
        for one in noticed {
            let (findings, profiles) = &mut self.counts[one.kind];
            if *findings == 0 {
                self.order.push(one.kind);
            }
            *findings += 1;
            *profiles += u64::from(one.first_of_profile);
        }
    }

    /// Puts everything into the books.
    pub(super) fn finish(self, chunk: &Chunk, findings: &mut Findings) {
        for kind in self.order {
            let (reason, field) = &chunk.kinds[kind];
            count(findings, (*reason, field), self.counts[kind]);
        }
    }
}

/// Counts one finding of one profile.
pub(super) fn count_one(findings: &mut Findings, finding: &Finding<'_>) {
    count(findings, (finding.reason, &finding.field), (1, 1));
}

fn count(findings: &mut Findings, (reason, field): (Reason, &str), (times, profiles): (u64, u64)) {
    let count = findings.entry(reason).or_default();
    count.profiles += profiles;
    let known = count.fields.len() < MOST_FIELDS || count.fields.contains_key(field);
    let field = if known { field.to_owned() } else { OTHER_FIELDS.to_owned() };
    *count.fields.entry(field).or_default() += times;
}
