//! Where batches go. Workers put them together and compress them; a thread of its own writes them in their order, so that
//! nobody waits for the disk.

use std::{
    io::Write,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{Scope, ScopedJoinHandle},
};

use super::{
    filling::Filled,
    rooms::Rooms,
    stream::{Line, Stream},
};
use crate::{
    archive::feed::Workers,
    batches::writer::{BatchesWriter, Files},
    failure::Failure,
    gzip,
};

/// Where batches go.
#[derive(Debug)]
pub(super) enum Output<W: Write> {
    /// A folder.
    Folder(BatchesWriter),
    /// A stream.
    Stream(Stream<W>),
}

/// In which form batches go there.
#[derive(Debug, Clone, Copy)]
enum Form {
    Files,
    Lines { gzipped: bool },
}

/// A batch, ready to be written.
enum Ready {
    Files(Files),
    Line(Line),
}

/// The thread that writes, and the way to it.
pub(super) struct Writing<'scope, W: Write> {
    form: Form,
    full: SyncSender<Receiver<Ready>>,
    thread: ScopedJoinHandle<'scope, Result<Output<W>, Failure>>,
    rooms: Arc<Rooms>,
}

impl<'scope, W: Write + Send + 'scope> Writing<'scope, W> {
    /// Starts to write what comes.
    pub(super) fn start<'env>(scope: &'scope Scope<'scope, 'env>, output: Output<W>, rooms: Arc<Rooms>) -> Self {
        let form = match &output {
            Output::Folder(_) => Form::Files,
            Output::Stream(stream) => Form::Lines { gzipped: stream.is_gzipped() },
        };
        // One batch waits while another is written: more would only cost memory.
        let (full, batches) = sync_channel(1);
        Self { form, full, thread: scope.spawn(move || output.write_all(batches)), rooms }
    }

    /// Lets a worker make a batch ready; it is written after those before it.
    ///
    /// # Errors
    /// Writing has failed; [`Self::finish`] knows why.
    pub(super) fn write(&self, filled: Filled, workers: &Workers<'_>) -> Result<(), Failure> {
        let (done, ready) = sync_channel(1);
        let (form, rooms) = (self.form, Arc::clone(&self.rooms));
        // Nobody takes it where writing has failed.
        let make = move || drop(done.send(form.ready(filled, &rooms)));
        workers.run(make);
        self.full.send(ready).map_err(|_| Failure::stopped("no further batch can be written"))
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

impl Form {
    fn ready(self, filled: Filled, rooms: &Rooms) -> Ready {
        let packed = filled.packed(rooms);
        let ready = match self {
            Self::Files => Ready::Files(Files::of(&packed)),
            Self::Lines { gzipped: true } => Ready::Line(Line::gzipped(gzip::compressed(&packed.line))),
            Self::Lines { gzipped: false } => return Ready::Line(Line::plain(packed.line)),
        };
        rooms.give_line(packed.line);
        ready
    }
}

impl<W: Write> Output<W> {
    fn write_all(mut self, batches: Receiver<Receiver<Ready>>) -> Result<Self, Failure> {
        for batch in batches {
            let ready = batch.recv().map_err(|_| Failure::stopped("a batch was not made ready"))?;
            self.write(ready)?;
        }
        Ok(self)
    }

    fn write(&mut self, ready: Ready) -> Result<(), Failure> {
        match (self, ready) {
            (Self::Folder(writer), Ready::Files(files)) => writer.write(files),
            (Self::Stream(stream), Ready::Line(line)) => {
                stream.write(&line);
                Ok(())
            }
            _ => Err(Failure::stopped("a batch was made ready for another output")),
        }
    }
}
