//! Room that was taken once and is filled again and again: memory that is given back and taken anew for each block costs
//! more than to fill it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{chunk::Chunk, content::Content};
use crate::mapping::Learnt;

/// Bytes of room beyond which what blocks become is given back: an odd block takes more than the others.
const MOST: usize = 4 << 20;
/// Lines beyond which the room for what there is of each is given back.
const MOST_LINES: usize = 1 << 14;

/// What nobody uses now.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    lines: Mutex<Vec<Vec<u8>>>,
    contents: Mutex<Vec<Content>>,
    chunks: Mutex<Vec<Chunk>>,
    learnt: Mutex<Vec<Learnt>>,
}

impl Rooms {
    /// Room for the line of a batch; there may be an earlier one in it.
    pub(super) fn line(&self) -> Vec<u8> {
        idle(&self.lines).pop().unwrap_or_default()
    }

    /// Takes the room of a line back.
    pub(super) fn give_line(&self, line: Vec<u8>) {
        idle(&self.lines).push(line);
    }

    /// Room for what a block becomes, with nothing in it.
    pub(super) fn content(&self) -> Content {
        idle(&self.contents).pop().unwrap_or_default()
    }

    /// Takes it back from whoever needs it last.
    pub(super) fn give_content(&self, content: Arc<Content>) {
        let Some(mut content) = Arc::into_inner(content) else { return };
        let Content { customers, origins, rows, late } = &mut content;
        let buffers = [customers, origins, late].into_iter().chain(rows);
        let room: usize = buffers
            .map(|buffer| {
                buffer.clear();
                buffer.capacity()
            })
            .sum();
        if room <= MOST {
            idle(&self.contents).push(content);
        }
    }

    /// An earlier block in whose room another one can be.
    pub(super) fn chunk(&self) -> Chunk {
        idle(&self.chunks).pop().unwrap_or_default()
    }

    /// Takes a block back of which nothing is needed any more. It is emptied by whoever needs its room next, on a thread that
    /// does not do everything in order.
    pub(super) fn give_chunk(&self, chunk: Chunk) {
        if chunk.candidates.capacity() <= MOST_LINES {
            idle(&self.chunks).push(chunk);
        }
    }

    /// What was learnt on earlier lines.
    pub(super) fn learnt(&self) -> Learnt {
        idle(&self.learnt).pop().unwrap_or_default()
    }

    /// Takes what was learnt, for later lines.
    pub(super) fn give_learnt(&self, learnt: Learnt) {
        idle(&self.learnt).push(learnt);
    }
}

fn idle<T>(rooms: &Mutex<T>) -> MutexGuard<'_, T> {
    rooms.lock().unwrap_or_else(PoisonError::into_inner)
}
