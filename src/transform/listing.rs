//! Where rows of findings go. A thread of its own hashes and writes them, since the rows of a table come in one order.

use std::{
    mem,
    ops::Range,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{Scope, ScopedJoinHandle},
};

use super::{
    Tables,
    content::{Content, Table},
    rooms::Rooms,
    told::{Told, Untold},
};
use crate::{failure::Failure, findings::FindingsTable};

/// Blocks whose rows may wait.
const WAITING: usize = 4;

/// The rows of a block, in order.
#[derive(Debug)]
pub(super) struct Rows {
    /// The input file, as rows name it.
    file: String,
    content: Arc<Content>,
    /// How many of the rows that are made already are written, by table.
    made: [u64; Table::COUNT],
    /// Up to where those are among the pieces, by table.
    done: [usize; Table::COUNT],
    pieces: Vec<(Table, Piece)>,
}

#[derive(Debug)]
enum Piece {
    /// Rows that are made already.
    Made(Range<usize>),
    /// Those about a line, to be made.
    Told(Box<Told>, u64),
}

impl Rows {
    /// So many rows that are made already.
    pub(super) fn of(file: &str, content: &Arc<Content>, made: [u64; Table::COUNT]) -> Self {
        let (file, content) = (file.to_owned(), Arc::clone(content));
        Self { file, content, made, done: [0; Table::COUNT], pieces: Vec::new() }
    }

    /// Adds rows to be made behind those that come before a place in their table.
    pub(super) fn tell(&mut self, Untold { table, place, told, line }: Untold) {
        self.up_to(table, place);
        self.pieces.push((table, Piece::Told(told, line)));
    }

    /// Leaves rows out that are made already.
    pub(super) fn leave_out(&mut self, table: Table, range: Range<usize>, rows: u64) {
        if rows > 0 {
            self.up_to(table, range.start);
            self.done[table as usize] = range.end;
            self.made[table as usize] -= rows;
        }
    }

    fn up_to(&mut self, table: Table, place: usize) {
        let begin = mem::replace(&mut self.done[table as usize], place);
        if begin < place {
            self.pieces.push((table, Piece::Made(begin..place)));
        }
    }

    /// Adds what is left.
    fn finish(&mut self) {
        for table in Table::ALL {
            self.up_to(table, self.content.rows[table as usize].len());
        }
    }

    fn write(self, tables: &mut Tables, rooms: &Rooms) -> Result<(), Failure> {
        for (table, piece) in self.pieces {
            let Some(written) = tables.of(table) else { continue };
            match piece {
                Piece::Made(range) => written.append(&self.content.rows[table as usize][range], 0)?,
                Piece::Told(told, line) => put(&told, &self.file, line, written)?,
            }
        }
        for (table, rows) in Table::ALL.into_iter().zip(self.made) {
            tables.of(table).map_or(Ok(()), |table| table.append(&[], rows))?;
        }
        rooms.give_content(self.content);
        Ok(())
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
    pub(super) fn start<'env>(scope: &'scope Scope<'scope, 'env>, tables: Tables, rooms: Arc<Rooms>) -> Self {
        let (sender, rows) = sync_channel(WAITING);
        Self { rows: sender, thread: scope.spawn(move || write_all(tables, rows, &rooms)) }
    }

    /// Hands over the rows of a block.
    ///
    /// # Errors
    /// Writing has failed; [`Self::finish`] knows why.
    pub(super) fn write(&self, mut rows: Rows) -> Result<(), Failure> {
        rows.finish();
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

fn write_all(mut tables: Tables, rows: Receiver<Rows>, rooms: &Rooms) -> Result<Tables, Failure> {
    rows.into_iter().try_for_each(|rows| rows.write(&mut tables, rooms)).map(|()| tables)
}
