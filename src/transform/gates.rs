//! The way of blocks through the tables of those who came before. Each group of shards has a gate of its own, through which
//! blocks pass in their order, carried by the workers that mapped them: different blocks are at different gates at once, and
//! whoever comes first in the input is the first in each table, too.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    chunk::{Candidate, Chunk, Objection},
    duplicates::{Fingerprint, GROUPS, Places, Table},
};
use crate::{
    archive::turns::{Following, Turn, Turns, Underway},
    failure::Failure,
};

/// Profiles whose places in memory are looked at before they are looked for.
const AT_ONCE: usize = 256;

/// The gates on the way of each block: profiles get their numbers, then profiles are looked for that came before, then
/// customers, those of profiles that came before left out.
#[derive(Debug)]
pub(super) struct Gates<'n> {
    /// The input files, as they are named.
    names: &'n [String],
    turns: [Turns<Passing>; 1 + 2 * GROUPS],
    places: Mutex<Places>,
    profiles: [Mutex<Table>; GROUPS],
    source_ids: [Mutex<Table>; GROUPS],
}

/// A block on its way.
#[derive(Debug)]
struct Passing {
    turn: Turn,
    /// Position of the next gate.
    gate: usize,
    /// Nothing where it has failed.
    block: Option<Underway<Chunk>>,
}

impl<'n> Gates<'n> {
    /// Nobody came yet from any of these inputs.
    pub(super) fn new(names: &'n [String]) -> Self {
        let tables = || std::array::from_fn(|group| Mutex::new(Table::group(group)));
        Self {
            names,
            turns: std::array::from_fn(|_| Turns::default()),
            places: Mutex::default(),
            profiles: tables(),
            source_ids: tables(),
        }
    }

    /// Lets a block pass as far as it can, and those behind it that wait for it.
    fn pass(&self, first: Passing) {
        let mut all = vec![first];
        while let Some(mut passing) = all.pop() {
            let turn = passing.turn;
            let through = loop {
                let Some(gate) = self.turns.get(passing.gate) else { break passing.block };
                let position = passing.gate;
                let Some(mut entered) = gate.enter(turn, passing) else { break None };
                entered.block = entered.block.and_then(|block| self.look(position, block));
                all.extend(gate.leave(turn));
                passing = Passing { gate: position + 1, ..entered };
            };
            if let Some(mut block) = through {
                block.result.settle(|number| self.place(number));
                block.hand_over();
            }
        }
    }

    /// What is done at a gate.
    fn look(&self, gate: usize, mut block: Underway<Chunk>) -> Option<Underway<Chunk>> {
        let chunk = &mut block.result;
        match gate.checked_sub(1) {
            None => {
                if !self.number(chunk) {
                    block.fail(too_many());
                    return None;
                }
            }
            Some(group @ ..GROUPS) => {
                let positions = chunk.by_profile.of(group);
                let table = &mut lock(&self.profiles[group]);
                look_for(
                    &mut chunk.candidates,
                    positions,
                    |candidate| candidate.profile,
                    table,
                    |candidate, table| {
                        let first = table.note(candidate.profile, candidate.number);
                        candidate.objection = first.map(Objection::Profile).or(candidate.objection);
                    },
                );
            }
            Some(group) => {
                let positions = chunk.by_source_id.of(group - GROUPS);
                let table = &mut lock(&self.source_ids[group - GROUPS]);
                look_for(
                    &mut chunk.candidates,
                    positions,
                    |candidate| candidate.source_id,
                    table,
                    |candidate, table| {
                        if candidate.objection.is_none() {
                            let first = table.note(candidate.source_id, candidate.number);
                            candidate.objection = first.map(Objection::SourceId);
                        }
                    },
                );
            }
        }
        Some(block)
    }

    /// Gives the candidates of a block their numbers; tells whether there were enough.
    fn number(&self, chunk: &mut Chunk) -> bool {
        let mut places = lock(&self.places);
        let begin = places.begin(chunk.source, chunk.last_line);
        chunk.candidates.iter_mut().all(|candidate| {
            let number = places.number(begin + candidate.line);
            candidate.number = number.unwrap_or_default();
            number.is_some()
        })
    }

    /// Where a profile stands.
    fn place(&self, number: u32) -> String {
        let (input, line) = lock(&self.places).line(number);
        format!("`{}` line {line}", self.names[input])
    }
}

impl Following<Chunk> for Gates<'_> {
    fn follow(&self, turn: Turn, mut block: Underway<Chunk>) {
        let Chunk { candidates, by_profile, by_source_id, .. } = &mut block.result;
        by_profile.group(candidates.iter().map(|candidate| candidate.profile));
        by_source_id.group(candidates.iter().map(|candidate| candidate.source_id));
        self.pass(Passing { turn, gate: 0, block: Some(block) });
    }
}

/// Does something about candidates, after it was looked at where their ids will be noted.
fn look_for(
    candidates: &mut [Candidate],
    positions: &[usize],
    id: impl Fn(&Candidate) -> Fingerprint,
    table: &mut Table,
    note: impl Fn(&mut Candidate, &mut Table),
) {
    for near in positions.chunks(AT_ONCE) {
        let known = near.iter().map(|position| table.look_at(id(&candidates[*position])));
        std::hint::black_box(known.fold(0, u64::wrapping_add));
        for position in near {
            note(&mut candidates[*position], table);
        }
    }
}

fn too_many() -> Failure {
    Failure::stopped("one transform takes at most 4,294,967,295 profiles")
        .hint("give each of several runs a share of them with `--partition`, then `gather` them")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
