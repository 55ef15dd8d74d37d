//! The elements of a part of a workbook, one after another, in little memory whatever the part holds.

use std::{
    cell::Cell,
    io::{self, BufReader, Read},
    rc::Rc,
};

use quick_xml::{Reader, events::Event};

/// Bytes between one cell and the next: cells have 32,767 characters.
pub(super) const MOST_BETWEEN: usize = 4 << 20;
/// Bytes of a part: beyond that it is no sheet that a program wrote.
const MOST_STREAMED: u64 = 16 << 30;
/// Elements in each other, of which the reader keeps the names.
const DEEPEST: usize = 1_000;

/// Why a part cannot be read.
pub(super) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Reads no more between two places than a program writes there.
struct Metered<R> {
    inner: R,
    left: Rc<Cell<usize>>,
    all: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 || self.all > MOST_STREAMED {
            return Err(io::Error::other("it has a cell that is larger than any program makes"));
        }
        let most = output.len().min(left);
        let read = self.inner.read(&mut output[..most])?;
        self.left.set(left - read);
        self.all += read as u64;
        Ok(read)
    }
}

/// Elements, texts and ends.
pub(super) struct Elements<R> {
    xml: Reader<BufReader<Metered<R>>>,
    buffer: Vec<u8>,
    left: Rc<Cell<usize>>,
    depth: usize,
}

impl<R: Read> Elements<R> {
    /// Begins a part.
    pub(super) fn new(part: R) -> Self {
        let left = Rc::new(Cell::new(MOST_BETWEEN));
        let metered = Metered { inner: part, left: Rc::clone(&left), all: 0 };
        let mut xml = Reader::from_reader(BufReader::with_capacity(1 << 16, metered));
        let config = xml.config_mut();
        // As the library does that reads the same parts: what it would hold is what is counted.
        config.expand_empty_elements = true;
        config.check_comments = false;
        config.check_end_names = false;
        Self { xml, buffer: Vec::new(), left, depth: 0 }
    }

    /// The next of them. What comes may be as long as a cell until [`Self::is_past_a_cell`].
    pub(super) fn next(&mut self) -> Result<Event<'_>, Trouble> {
        self.buffer.clear();
        let event = self.xml.read_event_into(&mut self.buffer)?;
        match event {
            Event::Start(_) if self.depth == DEEPEST => return Err("its elements lie in each other too deep".into()),
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Ok(event)
    }

    /// Notes that a cell is over, or none has begun.
    pub(super) fn is_past_a_cell(&self) {
        self.left.set(MOST_BETWEEN);
    }
}

/// What is said of a part that ends in the middle.
pub(super) fn cut() -> Trouble {
    "it is cut".into()
}
