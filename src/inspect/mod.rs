//! What an archive holds: coverage of every trait and external id type, before any mapping.

mod line;
mod overview;
pub mod suggest;
pub mod uses;
mod values;

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use rayon::slice::ParallelSliceMut;
use serde::Serialize;

use self::line::Line;
pub use self::{
    overview::{IdRow, Overview, TraitRow},
    values::{Kind, Values},
};
use crate::{
    archive::{
        feed,
        reader::{Block, Source},
    },
    failure::Failure,
    progress::Phase,
};

/// What was seen in all profiles.
#[derive(Debug, Default)]
pub struct Inspection {
    /// Profiles read.
    pub profiles: u64,
    /// Lines that are no profile.
    pub malformed: u64,
    /// Traits by name; a member of an object trait is `object.member`.
    pub traits: HashMap<String, Values>,
    /// External ids by type.
    pub ids: BTreeMap<String, ExternalIds>,
    /// Profiles that came again: the same `segment_id`.
    pub repeated: u64,
    /// Profiles whose identifier an earlier profile has.
    pub shared: u64,
    /// Hashes of `segment_id`, until they are counted.
    segment_ids: Vec<u64>,
    /// Hashes of the identifier, until they are counted.
    identifiers: Vec<u64>,
}

/// What was seen of one external id type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ExternalIds {
    /// Profiles that have one.
    pub profiles: u64,
    /// Profiles that have several.
    pub several: u64,
}

/// Reads everything in `sources`; `identifier` is the external id type whose duplicates are counted.
///
/// # Errors
/// An input that cannot be read.
pub fn inspect(sources: &[Source], identifier: &str, phase: &Phase) -> Result<Inspection, Failure> {
    let mut inspection = Inspection::default();
    let look = |_, block: &Block| Inspection::of(block, identifier);
    feed::in_order(sources, 0, look, |seen| {
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
        let mut inspection = Self::default();
        for (_, line) in block.lines() {
            match Line::parse(line) {
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
        let mut member_name = String::new();
        for (name, value) in &line.traits {
            if self.value(name, value) != Kind::Object {
                continue;
            }
            for (member, value) in line::members(value) {
                member_name.clear();
                member_name.extend([name, ".", &member]);
                self.value(&member_name, value);
            }
        }
    }

    /// Counts a trait, or the member of one that is an object.
    fn value(&mut self, name: &str, value: &str) -> Kind {
        // Nearly always the name is there, and needs no copy.
        match self.traits.get_mut(name) {
            Some(values) => values.add(value),
            None => self.traits.entry(name.to_owned()).or_default().add(value),
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
            let seen = self.ids.entry(id.kind.clone().into_owned()).or_default();
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
        for (name, values) in later.traits {
            match self.traits.get_mut(&name) {
                Some(present) => present.merge(&values),
                None => drop(self.traits.insert(name, values)),
            }
        }
        for (kind, seen) in later.ids {
            let present = self.ids.entry(kind).or_default();
            present.profiles += seen.profiles;
            present.several += seen.several;
        }
        self.segment_ids.extend(later.segment_ids);
        self.identifiers.extend(later.identifiers);
        self
    }

    /// Traits that have a value somewhere, the most common first.
    #[must_use]
    pub fn by_share(&self) -> Vec<(&str, &Values)> {
        let mut traits: Vec<_> = self.traits.iter().map(|(name, values)| (name.as_str(), values)).collect();
        traits.sort_by_key(|(name, values)| (std::cmp::Reverse(values.present()), *name));
        traits
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
