//! Where batches go. A thread of its own compresses and writes them, so that nobody waits for the disk.

use std::{
    io::Write,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{Scope, ScopedJoinHandle},
};

use super::stream::Stream;
use crate::{
    batches::{packing::Packed, writer::BatchesWriter},
    failure::Failure,
};

/// Where batches go.
#[derive(Debug)]
pub(super) enum Output<W: Write> {
    /// A folder.
    Folder(BatchesWriter),
    /// A stream.
    Stream(Stream<W>),
}

/// The thread that writes, and the way to it.
pub(super) struct Writing<'scope, W: Write> {
    full: SyncSender<Packed>,
    thread: ScopedJoinHandle<'scope, Result<Output<W>, Failure>>,
}

impl<'scope, W: Write + Send + 'scope> Writing<'scope, W> {
    /// Starts to write what comes.
    pub(super) fn start<'env>(scope: &'scope Scope<'scope, 'env>, output: Output<W>) -> Self {
        // One batch waits while another is written: a third would only cost memory.
        let (full, batches) = sync_channel(1);
        Self { full, thread: scope.spawn(move || output.write_all(batches)) }
    }

    /// Hands over a batch.
    ///
    /// # Errors
    /// Writing has failed; [`Self::finish`] knows why.
    pub(super) fn write(&self, packed: Packed) -> Result<(), Failure> {
        self.full.send(packed).map_err(|_| Failure::stopped("no further batch can be written"))
    }

    /// Gives the output back when everything is written.
    ///
    /// # Errors
    /// The first batch that could not be written.
    pub(super) fn finish(self) -> Result<Output<W>, Failure> {
        drop(self.full);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl<W: Write> Output<W> {
    fn write_all(mut self, batches: Receiver<Packed>) -> Result<Self, Failure> {
        for packed in batches {
            self.write(&packed)?;
        }
        Ok(self)
    }

    fn write(&mut self, packed: &Packed) -> Result<(), Failure> {
        match self {
            Self::Folder(writer) => writer.write(packed),
            Self::Stream(stream) => {
                stream.write(packed);
                Ok(())
            }
        }
    }
}
