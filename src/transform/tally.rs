//! Findings of a block, counted by reason and field before they go into the books: few names come, many times.

use std::collections::BTreeMap;

use crate::{batches::manifest::Count, findings::Reason};

/// Fields that are counted one by one for a reason; metadata may have a key of its own in each profile.
const MOST_FIELDS: usize = 1_000;
/// Stands for all fields beyond those.
const OTHER_FIELDS: &str = "(others)";

/// How often each reason came, by field.
pub(super) type Findings = BTreeMap<Reason, Count>;

/// One finding, to be counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noticed {
    /// Position of what it is about.
    pub(super) kind: usize,
    /// Whether its profile has no finding before it for the same reason.
    pub(super) first_of_profile: bool,
}

/// How often what findings of one block are about came: findings, and profiles for which it was the first one for its
/// reason. Blocks order what findings are about by where it came first.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<(u64, u64)>);

impl Tally {
    /// Counts a finding.
    pub(super) fn add(&mut self, one: Noticed) {
        if self.0.len() <= one.kind {
            self.0.resize(one.kind + 1, (0, 0));
        }
        let (findings, profiles) = &mut self.0[one.kind];
        *findings += 1;
        *profiles += u64::from(one.first_of_profile);
    }

    /// Takes findings back that were counted.
    pub(super) fn take_back(&mut self, noticed: &[Noticed]) {
        for one in noticed {
            let (findings, profiles) = &mut self.0[one.kind];
            *findings -= 1;
            *profiles -= u64::from(one.first_of_profile);
        }
    }

    /// Puts everything into the books.
    pub(super) fn finish(&mut self, kinds: &[(Reason, String)], findings: &mut Findings) {
        for ((reason, field), counted) in kinds.iter().zip(self.0.drain(..)) {
            if counted.0 > 0 {
                count(findings, (*reason, field), counted);
            }
        }
    }
}

fn count(findings: &mut Findings, (reason, field): (Reason, &str), (times, profiles): (u64, u64)) {
    let count = findings.entry(reason).or_default();
    count.profiles += profiles;
    if let Some(known) = count.fields.get_mut(field) {
        *known += times;
        return;
    }
    let field = if count.fields.len() < MOST_FIELDS { field } else { OTHER_FIELDS };
    *count.fields.entry(field.to_owned()).or_default() += times;
}
