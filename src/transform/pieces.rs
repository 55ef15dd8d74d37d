//! Of what the rows about the lines of a block consist.

use std::{mem, ops::Range};

use super::{
    content::{Content, Table},
    told::{Told, Untold},
};

/// Of what the rows of a block consist.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// How many of the rows that are made already are written, by table.
    pub(super) rows: [u64; Table::COUNT],
    /// Up to where those are among the pieces, by table.
    done: [usize; Table::COUNT],
    pub(super) all: Vec<(Table, Piece)>,
}

#[derive(Debug)]
pub(super) enum Piece {
    /// Rows that were made with the others of their table.
    Made(Range<usize>),
    /// Rows that were made later.
    Late(Range<usize>),
    /// Those about a line, to be made.
    Told(Box<Told>, u64),
}

impl Pieces {
    /// Adds rows to be made behind those that come before a place in their table.
    pub(super) fn tell(&mut self, Untold { table, place, told, line }: Untold) {
        self.up_to(table, place);
        self.all.push((table, Piece::Told(told, line)));
    }

    /// Adds a row that was made later behind those that come before a place in its table.
    pub(super) fn add(&mut self, table: Table, place: usize, late: Range<usize>) {
        self.up_to(table, place);
        self.all.push((table, Piece::Late(late)));
        self.rows[table as usize] += 1;
    }

    /// Leaves rows out that are made already.
    pub(super) fn leave_out(&mut self, table: Table, range: Range<usize>, rows: u64) {
        if rows > 0 {
            self.up_to(table, range.start);
            self.done[table as usize] = range.end;
            self.rows[table as usize] -= rows;
        }
    }

    fn up_to(&mut self, table: Table, place: usize) {
        let begin = mem::replace(&mut self.done[table as usize], place);
        if begin < place {
            self.all.push((table, Piece::Made(begin..place)));
        }
    }

    /// Adds what is left.
    pub(super) fn finish(&mut self, content: &Content) {
        for table in Table::ALL {
            self.up_to(table, content.rows[table as usize].len());
        }
    }
}
