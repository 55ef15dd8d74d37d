//! What blocks of lines become, as bytes: what is merged, packed and written knows no lines.

/// One of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Rejects,
    Warnings,
    Skipped,
}

impl Table {
    /// How many there are.
    pub(super) const COUNT: usize = 3;
    /// All of them.
    pub(super) const ALL: [Self; Self::COUNT] = [Self::Rejects, Self::Warnings, Self::Skipped];
}

/// What the lines of a block become: long buffers, so that a line costs no allocation.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// JSON of customers, with a comma behind each.
    pub(super) customers: Vec<u8>,
    /// Rows of the table of origins.
    pub(super) origins: Vec<u8>,
    /// Rows of each table of findings.
    pub(super) rows: [Vec<u8>; Table::COUNT],
    /// Rows of these tables that are made after the others.
    pub(super) late: Vec<u8>,
}

/// Where what became of a line ends in the buffers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) customers: usize,
    pub(super) origins: usize,
}
