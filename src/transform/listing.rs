//! Where rows of findings go. A thread of its own hashes and writes them, since the rows of a table come in one order.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{Scope, ScopedJoinHandle},
};

use super::{
    Tables,
    content::{Content, Table},
    pieces::{Piece, Pieces},
    rooms::Rooms,
    told::Told,
};
use crate::{batches::filter::Filter, failure::Failure, findings::FindingsTable};

/// Blocks whose rows may wait.
const WAITING: usize = 4;

/// The rows of a block, in order.
#[derive(Debug)]
pub(super) struct Rows {
    /// Position of the input file.
    pub(super) source: usize,
    pub(super) content: Arc<Content>,
    pub(super) pieces: Pieces,
    /// By what the profiles are known, and the SHA-256 of the part that they lie in, for the index.
    pub(super) filter: Option<(String, Filter)>,
}

impl Rows {
    fn write(self, tables: &mut Tables, names: &[String], rooms: &Rooms) -> Result<(), Failure> {
        for (table, piece) in self.pieces.all {
            let Some(written) = tables.of(table) else { continue };
            match piece {
                Piece::Made(range) => written.append(&self.content.rows[table as usize][range], 0)?,
                Piece::Late(range) => written.append(&self.content.late[range], 0)?,
                Piece::Told(told, line) => put(&told, &names[self.source], line, written)?,
            }
        }
        for (table, rows) in Table::ALL.into_iter().zip(self.pieces.rows) {
            tables.of(table).map_or(Ok(()), |table| table.append(&[], rows))?;
        }
        rooms.give_content(self.content);
        match (&mut tables.index, self.filter) {
            (Some(index), Some((part, filter))) => index.add(&part, &filter).map_err(unindexed),
            _ => Ok(()),
        }
    }
}

impl Tables {
    fn of(&mut self, table: Table) -> Option<&mut FindingsTable> {
        match table {
            Table::Rejects => Some(&mut self.rejects),
            Table::Warnings => Some(&mut self.warnings),
            Table::Skipped => self.skipped.as_mut(),
        }
    }
}

/// The index cannot be written.
pub(super) fn unindexed(error: io::Error) -> Failure {
    Failure::disk("cannot write the index of ids", error)
}

fn put(told: &Told, file: &str, line: u64, table: &mut FindingsTable) -> Result<(), Failure> {
    told.findings.iter().try_for_each(|finding| table.add(&told.row(finding, file, line)))
}

/// The thread that writes rows, and the way to it.
pub(super) struct Listing<'scope> {
    rows: SyncSender<Rows>,
    thread: ScopedJoinHandle<'scope, Result<Tables, Failure>>,
}

impl<'scope> Listing<'scope> {
    /// Starts to write what comes.
    pub(super) fn start<'env>(
        scope: &'scope Scope<'scope, 'env>,
        tables: Tables,
        names: &'env [String],
        rooms: Arc<Rooms>,
    ) -> Self {
        let (sender, rows) = sync_channel(WAITING);
        Self { rows: sender, thread: scope.spawn(move || write_all(tables, rows, names, &rooms)) }
    }

    /// Hands over the rows of a block.
    ///
    /// # Errors
    /// Writing has failed; [`Self::finish`] knows why.
    pub(super) fn write(&self, rows: Rows) -> Result<(), Failure> {
        if rows.pieces.all.is_empty() && rows.filter.is_none() {
            return Ok(());
        }
        self.rows.send(rows).map_err(|_| Failure::stopped("no further row can be written"))
    }

    /// Gives the tables back when everything is written.
    ///
    /// # Errors
    /// The first row that could not be written.
    pub(super) fn finish(self) -> Result<Tables, Failure> {
        drop(self.rows);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn write_all(mut tables: Tables, rows: Receiver<Rows>, names: &[String], rooms: &Rooms) -> Result<Tables, Failure> {
    rows.into_iter().try_for_each(|rows| rows.write(&mut tables, names, rooms)).map(|()| tables)
}
