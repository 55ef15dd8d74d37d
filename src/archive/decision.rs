//! What is known before lines are worked on: what texts of traits stand for, and whose lines are taken.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use super::{
    block::Block,
    reader::LineSource,
    share::Share,
    spelling,
    trait_texts::{TextEvidence, TextsAre},
};

/// What was decided about the texts of traits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts {
    /// What they stand for.
    pub are: TextsAre,
    /// What the first lines told; nothing where it was given.
    pub evidence: TextEvidence,
}

/// What the texts of traits stand for, once it is known, and whose lines are taken.
#[derive(Debug, Default)]
pub(super) struct Decision {
    share: Option<Share>,
    made: OnceLock<Texts>,
    there: AtomicBool,
}

impl Decision {
    /// Nothing is decided but whose lines are taken.
    pub(super) fn of(share: Option<Share>) -> Self {
        Self { share, ..Self::default() }
    }

    pub(super) fn make(&self, are: TextsAre, evidence: TextEvidence) {
        // Only the thread that reads decides, once.
        let _ = self.made.set(Texts { are, evidence });
    }

    pub(super) fn is_made(&self) -> bool {
        self.made.get().is_some()
    }

    pub(super) fn were_there(&self) {
        self.there.store(true, Ordering::Relaxed);
    }

    pub(super) fn are_there(&self) -> bool {
        self.there.load(Ordering::Relaxed)
    }

    pub(super) fn texts(&self) -> Option<Texts> {
        self.made.get().copied().filter(|_| self.are_there())
    }

    /// The lines that are taken, in the spelling of an archive, whoever wrote them.
    pub(super) fn spelt(&self, source: &LineSource, block: Block) -> Block {
        let is_ours = matches!(source, LineSource::Part { .. });
        let texts = self.made.get().map_or(TextsAre::Json, |texts| texts.are);
        let block = match &self.share {
            None => block,
            Some(share) if is_ours => share.taken(block, |line| line.into()),
            Some(share) => share.taken(block, spelling::canonical_ids),
        };
        if is_ours {
            return block;
        }
        let has_texts = spelling::has_texts(&block);
        if has_texts {
            self.were_there();
        }
        spelling::canonical(block, texts, has_texts)
    }
}
