//! Where rows of findings go. A thread of its own hashes and writes them, since the rows of a table come in one order.

use std::{
    ops::Range,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{Scope, ScopedJoinHandle},
};

use super::{
    Tables,
    chunk::{Content, Told},
};
use crate::{failure::Failure, findings::FindingsTable};

/// Blocks whose rows may wait.
const WAITING: usize = 4;

/// One of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Rejects,
    Warnings,
    Skipped,
}

/// The rows of a block, in order.
#[derive(Debug)]
pub(super) struct Rows {
    /// The input file, as rows name it.
    file: String,
    content: Arc<Content>,
    pieces: Vec<(Table, Piece)>,
}

#[derive(Debug)]
enum Piece {
    /// So many rows that are made already.
    Made(Range<usize>, u64),
    /// Those about a line, to be made.
    Told(Box<Told>, u64),
}

impl Rows {
    /// None yet.
    pub(super) fn of(file: &str, content: &Arc<Content>) -> Self {
        Self { file: file.to_owned(), content: Arc::clone(content), pieces: Vec::new() }
    }

    /// Adds rows that are made already, by where they lie.
    pub(super) fn add(&mut self, table: Table, range: Range<usize>, rows: u64) {
        if let Some((last, Piece::Made(before, before_rows))) = self.pieces.last_mut()
            && *last == table
            && before.end == range.start
        {
            before.end = range.end;
            *before_rows += rows;
            return;
        }
        if rows > 0 {
            self.pieces.push((table, Piece::Made(range, rows)));
        }
    }

    /// Adds the rows about a line.
    pub(super) fn tell(&mut self, table: Table, told: Box<Told>, line: u64) {
        self.pieces.push((table, Piece::Told(told, line)));
    }

    fn write(self, tables: &mut Tables) -> Result<(), Failure> {
        for (table, piece) in self.pieces {
            let table = match table {
                Table::Rejects => Some(&mut tables.rejects),
                Table::Warnings => Some(&mut tables.warnings),
                Table::Skipped => tables.skipped.as_mut(),
            };
            let Some(table) = table else { continue };
            match piece {
                Piece::Made(range, rows) => table.append(&self.content.rows[range], rows)?,
                Piece::Told(told, line) => put(&told, &self.file, line, table)?,
            }
        }
        Ok(())
    }
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
    pub(super) fn start<'env>(scope: &'scope Scope<'scope, 'env>, tables: Tables) -> Self {
        let (sender, rows) = sync_channel(WAITING);
        Self { rows: sender, thread: scope.spawn(move || write_all(tables, rows)) }
    }

    /// Hands over the rows of a block.
    ///
    /// # Errors
    /// Writing has failed; [`Self::finish`] knows why.
    pub(super) fn write(&self, rows: Rows) -> Result<(), Failure> {
        if rows.pieces.is_empty() {
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

fn write_all(mut tables: Tables, rows: Receiver<Rows>) -> Result<Tables, Failure> {
    rows.into_iter().try_for_each(|rows| rows.write(&mut tables)).map(|()| tables)
}
