//! The profiles of the space, the order in which they are listed, and the fate of some of them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{options::SegmentOptions, profile::Profile, stock::Stock};
use crate::{failure::Failure, sandbox::people};

/// A space: what is in it does not change, only its order does.
#[derive(Debug)]
pub(super) struct Space {
    source: Source,
    seed: u64,
    /// Ids that were merged away have the numbers from `profiles` to `listed`.
    profiles: u64,
    listed: u64,
    fates: HashMap<u64, Oddity>,
    order: Mutex<Order>,
}

#[derive(Debug)]
enum Source {
    People,
    Archive(Stock),
}

/// What is special about a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Oddity {
    Vanished,
    Poisoned,
    MergedInto(u64),
}

#[derive(Debug)]
struct Order {
    numbers: Vec<u64>,
    /// Profiles that have yet to move to the front.
    moves: u64,
    total_moves: u64,
    random: ChaCha8Rng,
}

/// What an identifier leads to.
#[derive(Debug)]
pub(super) enum Found {
    Profile(Profile),
    Poisoned,
    Nothing,
}

impl Space {
    /// # Errors
    /// An archive that cannot be read or held.
    pub(super) fn open(profiles: u64, seed: u64, options: &SegmentOptions) -> Result<Self, Failure> {
        let source = options.archive.as_deref().map(Stock::load).transpose()?.map_or(Source::People, Source::Archive);
        let profiles = if let Source::Archive(stock) = &source { stock.len() } else { profiles };
        let listed = profiles + if profiles == 0 { 0 } else { options.merged };
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x0005_EED0_FACE);
        let mut fates = HashMap::new();
        for (fate, count) in [(Oddity::Vanished, options.vanish), (Oddity::Poisoned, options.poison)] {
            let target = (fates.len() as u64 + count).min(profiles);
            while (fates.len() as u64) < target {
                fates.entry(random.random_range(0..profiles)).or_insert(fate);
            }
        }
        let mut numbers: Vec<u64> = (0..profiles).collect();
        for merged in profiles..listed {
            fates.insert(merged, Oddity::MergedInto(random.random_range(0..profiles)));
            numbers.insert(random.random_range(0..=numbers.len()), merged);
        }
        let order = Mutex::new(Order { numbers, moves: options.reorder, total_moves: options.reorder, random });
        Ok(Self { source, seed, profiles, listed, fates, order })
    }

    /// The ids from `start` on, and whether there are more; then recent activity moves some to the front.
    pub(super) fn list(&self, start: u64, limit: u64) -> (Vec<String>, bool) {
        let mut order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let end = start.saturating_add(limit).min(self.listed);
        let range = |number: u64| usize::try_from(number.min(end)).unwrap_or_default();
        let numbers = order.numbers[range(start)..range(end)].to_vec();
        let has_more = end < self.listed;
        if has_more {
            order.activity(range(end), limit);
        } else {
            // Only the first look at the whole list is disturbed, so that a second one can be whole.
            order.moves = 0;
        }
        drop(order);
        (numbers.into_iter().map(|number| self.segment_id(number)).collect(), has_more)
    }

    /// The profile of an identifier: `segment_id:X`, a bare id, or `type:value` in lower case.
    pub(super) fn find(&self, identifier: &str) -> Found {
        let id = identifier.strip_prefix("segment_id:").unwrap_or(identifier);
        let number = match id.split_once(':') {
            Some((kind, value)) => self.by_external_id(kind, value),
            None => self.by_segment_id(id),
        };
        let fate = number.and_then(|number| self.fates.get(&number).copied());
        match (number, fate) {
            (None, _) | (_, Some(Oddity::Vanished)) => Found::Nothing,
            (_, Some(Oddity::Poisoned)) => Found::Poisoned,
            (_, Some(Oddity::MergedInto(canonical))) => match self.fates.get(&canonical) {
                None => self.profile(canonical).map_or(Found::Nothing, Found::Profile),
                Some(_) => Found::Nothing,
            },
            (Some(number), None) => self.profile(number).map_or(Found::Nothing, Found::Profile),
        }
    }

    fn segment_id(&self, number: u64) -> String {
        match &self.source {
            Source::Archive(stock) if number < self.profiles => stock.segment_id(number),
            _ => people::segment_id(self.seed, number),
        }
    }

    fn by_segment_id(&self, id: &str) -> Option<u64> {
        if let Source::Archive(stock) = &self.source
            && let Some(number) = stock.by_segment_id(id)
        {
            return Some(number);
        }
        let number = people::number_of(id).filter(|number| *number < self.listed)?;
        (self.segment_id(number) == id).then_some(number)
    }

    fn by_external_id(&self, kind: &str, value: &str) -> Option<u64> {
        if let Source::Archive(stock) = &self.source {
            return stock.by_external_id(kind, value);
        }
        // The number of a person is in each of their ids.
        let candidates = value.split(|character: char| !character.is_ascii_digit()).filter_map(|run| run.parse().ok());
        let has =
            |item: &Value| item["type"] == *kind && item["id"].as_str().is_some_and(|id| id.to_lowercase() == value);
        candidates
            .filter(|number| *number < self.profiles)
            .find(|number| people::person(self.seed, *number).external_ids.iter().any(has))
    }

    fn profile(&self, number: u64) -> Option<Profile> {
        match &self.source {
            Source::Archive(stock) => stock.profile(number),
            Source::People => {
                let people::Person { segment_id, external_ids, traits, .. } = people::person(self.seed, number);
                Some(Profile { segment_id, external_ids, traits })
            }
        }
    }
}

impl Order {
    /// Moves a fair share of those that have to move from behind `end` to the front.
    fn activity(&mut self, end: usize, limit: u64) {
        let gaps = (self.numbers.len() as u64).saturating_sub(limit).max(1);
        let share = (self.total_moves * limit).div_ceil(gaps);
        for _ in 0..share.min(self.moves) {
            let position = self.random.random_range(end..self.numbers.len());
            let number = self.numbers.remove(position);
            self.numbers.insert(0, number);
            self.moves -= 1;
        }
    }
}
