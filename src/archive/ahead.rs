//! Reads ahead of the work: looks at what there is in input order, decides what texts stand for, and reads what only one
//! thread can read.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use super::{
    block::Block,
    budget::Budget,
    decision::Decision,
    inflater::Rooms,
    lines::Lines,
    reader::LineSource,
    share::Share,
    small::small,
    spelling,
    trait_texts::{TextEvidence, TextsAre},
};
use crate::failure::Failure;

/// Lines that decide what the texts of traits stand for.
const DECIDED_BY: u64 = 10_000;
/// Pieces that wait for that decision at most.
const MOST_HELD: usize = 32;

/// How sources are read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Threads that work; 0 is one for each core.
    pub threads: usize,
    /// What the texts of traits stand for; none decides by the first lines of all.
    pub values: Option<TextsAre>,
    /// The share that is taken; none is all. Texts are not decided upon where it is one, since others who read a share of the
    /// same lines might decide otherwise.
    pub share: Option<Share>,
}

/// Lines that are worked on, perhaps not read yet.
pub(super) struct Piece {
    /// Position of its source.
    pub(super) source: usize,
    pub(super) of: LineSource,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// All of its source, which is read and inflated where it is worked on, and seems to take so many bytes.
    Whole(usize),
    /// All of its source, or what is left of it, block by block, each read and inflated where it is worked on.
    Blocks(Option<Lines>),
    /// Lines that were read already, and what they take.
    Lines(Block, usize),
}

/// Starts to read ahead.
pub(super) fn start(
    sources: &[LineSource],
    most: usize,
    reading: Reading,
    budget: &Arc<Budget>,
    (decision, rooms): (&Arc<Decision>, &Arc<Rooms>),
) -> Receiver<Result<Piece, Failure>> {
    let (sender, receiver) = sync_channel(most);
    let (budget, decision, rooms) = (Arc::clone(budget), Arc::clone(decision), Arc::clone(rooms));
    let ahead = Ahead {
        sender,
        budget,
        rooms,
        decision,
        reading,
        held: Vec::new(),
        lines: 0,
        evidence: TextEvidence::default(),
    };
    let sources = sources.to_vec();
    // Nobody waits for this thread: it ends with its sources, or when nobody takes what it read.
    thread::spawn(move || ahead.read(sources));
    receiver
}

/// The thread that reads.
struct Ahead {
    sender: SyncSender<Result<Piece, Failure>>,
    budget: Arc<Budget>,
    rooms: Arc<Rooms>,
    decision: Arc<Decision>,
    reading: Reading,
    /// Pieces that wait for the decision about texts.
    held: Vec<Piece>,
    /// Lines that were looked at for it.
    lines: u64,
    evidence: TextEvidence,
}

impl Ahead {
    fn read(mut self, sources: Vec<LineSource>) {
        match self.all(sources) {
            Ok(()) | Err(None) => {}
            Err(Some(failure)) => drop(self.sender.send(Err(failure))),
        }
    }

    /// Reads all; the error is `None` where nobody listens any more.
    fn all(&mut self, sources: Vec<LineSource>) -> Result<(), Option<Failure>> {
        // Archives of ours hold no texts, and a single file is worked on faster block by block.
        let ours = sources.iter().all(|source| matches!(source, LineSource::Part { .. }));
        if let Some(given) = self.reading.values {
            self.decision.make(given, TextEvidence::default());
        } else if ours {
            self.decision.make(TextsAre::Json, TextEvidence::default());
        }
        let several = sources.len() > 1;
        for (position, source) in sources.into_iter().enumerate() {
            let decided = self.decision.is_made() || matches!(source, LineSource::Part { .. });
            let small = if decided { small(&source, several) } else { None };
            let content = match (small, several && source.is_regular()) {
                (Some(bytes), _) => Content::Whole(bytes),
                (None, true) if decided => Content::Blocks(None),
                (None, at_any_time) => {
                    self.stream(position, source, at_any_time)?;
                    continue;
                }
            };
            self.send(Piece { source: position, of: source, content })?;
        }
        self.decide()
    }

    /// Sends a source block by block; of one that may be read at any time, the rest goes to those who work on it, as soon as
    /// it was seen what texts are.
    fn stream(&mut self, position: usize, of: LineSource, at_any_time: bool) -> Result<(), Option<Failure>> {
        let mut lines = of.open()?;
        while let Some(block) = lines.block_in(self.rooms.take())? {
            let cost = lines.cost(&block);
            if !self.decision.is_made() {
                self.look_at(&block);
                // What is held back gives no room back.
                if !self.budget.has(cost) {
                    self.decide()?;
                }
            }
            self.budget.take(cost);
            self.send(Piece { source: position, of: of.clone(), content: Content::Lines(block, cost) })?;
            if self.lines >= DECIDED_BY {
                self.decide()?;
                if at_any_time {
                    return self.send(Piece { source: position, of, content: Content::Blocks(Some(lines)) });
                }
            }
        }
        Ok(())
    }

    fn look_at(&mut self, block: &Block) {
        let has_texts = spelling::has_texts(block);
        for (_, line) in block.lines() {
            if self.lines >= DECIDED_BY {
                break;
            }
            self.lines += 1;
            if has_texts {
                spelling::see(line, &mut self.evidence);
            }
        }
        if has_texts {
            self.decision.were_there();
        }
    }

    /// Decides by what was seen, and lets go what waited for it.
    fn decide(&mut self) -> Result<(), Option<Failure>> {
        if !self.decision.is_made() {
            if self.reading.share.is_some() && self.decision.are_there() {
                let failure =
                    Failure::usage("the input has `trait_texts`, and a share of it may look otherwise than the rest");
                return Err(Some(failure.hint("say what its texts are: `--values json` or `--values plain`")));
            }
            self.decision.make(self.evidence.verdict(), self.evidence);
        }
        for piece in std::mem::take(&mut self.held) {
            self.sender.send(Ok(piece)).map_err(|_| None)?;
        }
        Ok(())
    }

    fn send(&mut self, piece: Piece) -> Result<(), Option<Failure>> {
        if self.decision.is_made() {
            return self.sender.send(Ok(piece)).map_err(|_| None);
        }
        self.held.push(piece);
        // What waits takes the room of what is read ahead; nobody gives it back before the decision.
        if self.held.len() >= MOST_HELD { self.decide() } else { Ok(()) }
    }
}
