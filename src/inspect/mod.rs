//! What an archive holds: coverage of every trait and external id type, before any mapping.

mod coverage;
mod line;
mod names;
mod overview;
mod suggest;
mod values;

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use rayon::slice::ParallelSliceMut;
use serde::Serialize;

use self::line::Line;
pub use self::{
    coverage::{COVERAGE, Coverage, Covered},
    names::{Names, Trait},
    overview::{IdRow, Overview, TraitRow},
    values::{Kind, Values},
};
use crate::{
    archive::{
        block::Block,
        feed::{self, Reading},
        reader::LineSource,
        trait_texts::TextsAre,
    },
    failure::Failure,
    json::Room,
    progress::Phase,
};

/// What was seen in all profiles.
#[derive(Debug, Default)]
pub struct Inspection {
    /// Profiles that were read.
    pub profiles: u64,
    /// Lines that are no profile.
    pub malformed: u64,
    /// Traits, and members of traits that are objects.
    pub traits: Names,
    /// External ids by type.
    pub ids: BTreeMap<String, ExternalIds>,
    /// External ids of types beyond the first 1,000, which have no row of their own.
    pub other_ids: u64,
    /// Profiles that came again: the same `segment_id`.
    pub repeated: u64,
    /// Profiles whose identifier an earlier profile has.
    pub shared: u64,
    /// Hashes of `segment_id`, until they are counted.
    segment_ids: Vec<u64>,
    /// Hashes of the identifier, until they are counted.
    identifiers: Vec<u64>,
}

/// External id types that are told apart; Segment has two dozen (docs/api-facts.md A7).
const MOST_ID_TYPES: usize = 1_000;

/// What was seen of one external id type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ExternalIds {
    /// Profiles that have one.
    pub profiles: u64,
    /// Profiles that have several.
    pub several: u64,
}

/// Reads everything in `sources`; `identifier` is the external id type whose duplicates are counted, and `values` says what
/// texts of traits stand for, unless the first of them are to tell.
///
/// # Errors
/// An input that cannot be read.
pub fn inspect(
    sources: &[LineSource],
    identifier: &str,
    values: Option<TextsAre>,
    phase: &Phase,
) -> Result<Inspection, Failure> {
    let mut inspection = Inspection::default();
    let look = |_, block: &Block| Inspection::of(block, identifier);
    let reading = Reading { values, ..Reading::default() };
    feed::in_order(sources, reading, look, |seen| {
        phase.add(seen.profiles + seen.malformed);
        inspection = std::mem::take(&mut inspection).and(seen);
        Ok(())
    })?;
    inspection.repeated = repetitions(std::mem::take(&mut inspection.segment_ids));
    inspection.shared = repetitions(std::mem::take(&mut inspection.identifiers));
    Ok(inspection)
}

impl Inspection {
    fn of(block: &Block, identifier: &str) -> Self {
        let (mut inspection, mut room) = (Self::default(), Room::default());
        for (_, line) in block.lines() {
            match Line::parse(line, &mut room) {
                Some(line) => inspection.profile(&line, identifier),
                None => inspection.malformed += 1,
            }
        }
        inspection
    }

    fn profile(&mut self, line: &Line<'_>, identifier: &str) {
        self.profiles += 1;
        self.segment_ids.push(hash(&line.segment_id));
        self.external_ids(line, identifier);
        for (name, value) in &line.traits {
            if self.traits.add(name, value) != Kind::Object {
                continue;
            }
            for (member, value) in line::members(value) {
                self.traits.add_member(name, &member, value);
            }
        }
    }

    fn external_ids(&mut self, line: &Line<'_>, identifier: &str) {
        let ids = &line.external_ids;
        for (at, id) in ids.iter().enumerate() {
            let of_kind = |ids: &[line::ExternalId<'_>]| ids.iter().filter(|other| other.kind == id.kind).count();
            let before = of_kind(&ids[..at]);
            if before > 1 {
                continue;
            }
            if self.ids.len() >= MOST_ID_TYPES && !self.ids.contains_key(&*id.kind) {
                self.other_ids += 1;
                continue;
            }
            let seen = match self.ids.get_mut(&*id.kind) {
                Some(seen) => seen,
                None => self.ids.entry(id.kind.clone().into_owned()).or_default(),
            };
            if before == 1 {
                seen.several += 1;
                continue;
            }
            seen.profiles += 1;
            if id.kind == identifier {
                self.identifiers.push(hash(id.value.trim()));
            }
        }
    }

    /// Takes what was seen later.
    fn and(mut self, later: Self) -> Self {
        if self.profiles + self.malformed == 0 {
            return later;
        }
        self.profiles += later.profiles;
        self.malformed += later.malformed;
        self.traits.merge(later.traits);
        self.other_ids += later.other_ids;
        for (kind, seen) in later.ids {
            if self.ids.len() >= MOST_ID_TYPES && !self.ids.contains_key(&kind) {
                self.other_ids += seen.profiles;
                continue;
            }
            let present = self.ids.entry(kind).or_default();
            present.profiles += seen.profiles;
            present.several += seen.several;
        }
        self.segment_ids.extend(later.segment_ids);
        self.identifiers.extend(later.identifiers);
        self
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// How many of them were there before.
fn repetitions(mut hashes: Vec<u64>) -> u64 {
    let all = hashes.len();
    hashes.par_sort_unstable();
    hashes.dedup();
    (all - hashes.len()) as u64
}
