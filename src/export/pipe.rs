//! The export into a pipe: the lines of an archive, and nothing to continue from.

use std::{io::Write, sync::Mutex};

use super::{
    Export, ExportOptions,
    details::{Fetched, Keep, Stop},
    disk,
    listing::Listing,
    lock,
};
use crate::{
    archive::{manifest::ExportBooks, writer::GzipLines},
    failure::Failure,
    interrupt::Interrupt,
    progress::Phase,
    publish::Scratch,
    segment::Segment,
};

/// What a plain output ends with that is not whole: no JSON, and no end of the line.
const CUT: &[u8] = b"{\"cut\": ";

/// Writes every profile of a space to `output` as gzipped lines, or plain ones; nothing is kept to continue from. Where it
/// fails or is interrupted, which gives no books, the output is left cut, so that its reader fails, too.
///
/// # Errors
/// As for [`run`](super::run); the first profile that fails ends it, since a pipe cannot be continued.
pub async fn pipe(
    segment: &Segment,
    options: &ExportOptions,
    output: impl Write,
    plain: bool,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<Option<ExportBooks>, Failure> {
    let scratch = Scratch::create().map_err(disk)?;
    let listing = Mutex::new(Listing::open(scratch.path(), 0)?);
    let mut lines = Lines { sink: Sink::new(output, plain), books: ExportBooks::default(), phase };
    let export = Export { segment, options, stop: &Stop::new(interrupt), phase };
    let worked = export.list_and_read(&listing, 0, &mut lines).await;
    if worked.is_err() || interrupt.asked() {
        lines.sink.cut();
        return worked.map(|()| None);
    }
    lines.sink.finish().map_err(closed)?;
    lines.books.listed = lock(&listing).standing().ids;
    Ok(Some(lines.books))
}

struct Lines<'a, W: Write> {
    sink: Sink<W>,
    books: ExportBooks,
    phase: &'a Phase,
}

/// Where lines go that nobody keeps.
pub(super) enum Sink<W: Write> {
    /// As they are.
    Plain(W),
    /// Compressed.
    Gzip(Box<GzipLines<W>>),
}

impl<W: Write> Sink<W> {
    pub(super) fn new(output: W, plain: bool) -> Self {
        if plain { Self::Plain(output) } else { Self::Gzip(Box::new(GzipLines::new(output))) }
    }

    pub(super) fn write_line(&mut self, line: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Plain(output) => output.write_all(line).and_then(|()| output.write_all(b"\n")),
            Self::Gzip(lines) => lines.write_line(line),
        }
    }

    /// Whoever reads it sees that it is not whole; a reader who has left needs to see nothing.
    pub(super) fn cut(self) {
        match self {
            Self::Plain(mut output) => {
                let _ = output.write_all(CUT).and_then(|()| output.flush());
            }
            Self::Gzip(lines) => lines.cut(),
        }
    }

    pub(super) fn finish(self) -> std::io::Result<()> {
        match self {
            Self::Plain(mut output) => output.flush(),
            Self::Gzip(lines) => lines.finish()?.flush(),
        }
    }
}

impl<W: Write> Keep for Lines<'_, W> {
    fn keep(&mut self, fetched: Fetched) -> Result<(), Failure> {
        match fetched {
            Fetched::Line(line) => {
                self.sink.write_line(&line).map_err(closed)?;
                self.books.exported += 1;
            }
            Fetched::Vanished(id) => {
                tracing::info!("Segment knows no profile `{id}`");
                self.books.vanished += 1;
            }
            Fetched::Failed(failed) => {
                return Err(Failure::stopped(format!(
                    "profile `{}` could not be read: {}",
                    failed.segment_id, failed.message
                ))
                .hint("a pipe cannot be continued; export into a folder, which can"));
            }
        }
        self.phase.add(1);
        Ok(())
    }

    fn held(&self) -> u64 {
        0
    }

    fn rest(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn secure(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}

pub(super) fn closed(error: std::io::Error) -> Failure {
    Failure::stopped("stdout cannot be written").because(error)
}
