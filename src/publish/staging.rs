//! Files that wait until a folder is committed. Their content is made durable beside other work, by several threads, since
//! a flush mostly waits for the disk and several at a time wait for the same. Their names are not: whatever a crash leaves of
//! them goes, and those that count are made durable with the folder that they are moved to.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use serde::Serialize;

use super::{Unpublished, indented, naming};

/// Threads that wait for the disk.
const THREADS: usize = 4;
/// Files that are open and wait for one of those, at most.
const MOST: usize = 16;

/// Makes files durable that nobody needs before all of them are.
#[derive(Debug)]
pub struct Staging(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<(File, PathBuf)>,
    /// Files that are being made durable.
    busy: usize,
    /// Why the first could not be that could not: nothing is whole any more, however often it is asked.
    failed: Option<io::Error>,
    ended: bool,
}

impl Staging {
    /// Starts the threads.
    ///
    /// # Errors
    /// A system that has no threads left.
    pub fn start() -> io::Result<Self> {
        let staging = Self(Arc::default());
        for _ in 0..THREADS {
            let shared = Arc::clone(&staging.0);
            thread::Builder::new().name("flush".into()).spawn(move || shared.flush_all())?;
        }
        Ok(staging)
    }

    /// Gives a file its name, and has its content made durable.
    ///
    /// # Errors
    /// Any I/O error, also of a file before this one; its message names the file.
    pub fn place(&self, file: Unpublished) -> io::Result<()> {
        let Some(placed) = file.place()? else { return Ok(()) };
        let mut state = self.0.state();
        while state.waiting.len() >= MOST && state.failed.is_none() {
            state = self.0.wait(state);
        }
        state.waiting.push_back(placed);
        self.0.changed.notify_all();
        state.outcome()
    }

    /// Begins to make what a file holds so far durable, unless others wait for that; more may come into it.
    pub(super) fn begin(&self, file: File, path: &Path) {
        let mut state = self.0.state();
        if state.waiting.len() < MOST {
            state.waiting.push_back((file, path.to_owned()));
            self.0.changed.notify_all();
        }
    }

    /// The same as [`Self::place`] for a file of these bytes.
    ///
    /// # Errors
    /// As for [`Self::place`].
    pub fn bytes(&self, destination: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = Unpublished::create(destination)?;
        file.write_all(bytes)?;
        self.place(file)
    }

    /// The same for a file of this value as indented JSON.
    ///
    /// # Errors
    /// As for [`Self::place`].
    pub fn json(&self, destination: &Path, value: &impl Serialize) -> io::Result<()> {
        self.bytes(destination, &indented(value)?)
    }

    /// Waits until all that was placed is durable.
    ///
    /// # Errors
    /// The first file that could not be made so; its message names it.
    pub fn durable(&self) -> io::Result<()> {
        let mut state = self.0.state();
        while (state.busy > 0 || !state.waiting.is_empty()) && state.failed.is_none() {
            state = self.0.wait(state);
        }
        state.outcome()
    }
}

impl State {
    fn outcome(&self) -> io::Result<()> {
        self.failed.as_ref().map_or(Ok(()), |error| Err(io::Error::new(error.kind(), error.to_string())))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let mut state = self.0.state();
        // What was not waited for is not wanted.
        state.waiting.clear();
        state.ended = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&'s self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn flush_all(&self) {
        let mut state = self.state();
        while !state.ended {
            let Some((file, path)) = state.waiting.pop_front() else {
                state = self.wait(state);
                continue;
            };
            state.busy += 1;
            drop(state);
            let flushed = file.sync_all().map_err(|error| naming(&path, &error));
            state = self.state();
            state.busy -= 1;
            if let Err(error) = flushed {
                state.failed.get_or_insert(error);
            }
            self.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_are_there_and_whole_when_all_are_durable() {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::start().unwrap();
        for number in 0..100 {
            staging.bytes(&folder.path().join(number.to_string()), &vec![b'x'; number]).unwrap();
        }
        staging.durable().unwrap();
        staging.durable().unwrap();
        let length = |number: usize| std::fs::metadata(folder.path().join(number.to_string())).unwrap().len();
        assert_eq!((0..100).map(length).sum::<u64>(), 4_950);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 100);
        let nowhere = folder.path().join("none/file");
        let message = staging.bytes(&nowhere, b"x").unwrap_err().to_string();
        assert!(message.starts_with(&format!("cannot write `{}`", nowhere.display())), "{message}");
    }

    #[test]
    fn whoever_asks_again_hears_again_of_a_file_that_is_not_durable() {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::start().unwrap();
        // What is no file cannot be flushed.
        let device = File::open("/dev/null").unwrap();
        staging.0.state().waiting.push_back((device, "batch".into()));
        staging.0.changed.notify_all();
        let told = "cannot write `batch`: Invalid argument (os error 22)";
        for _ in 0..3 {
            let error = staging.durable().unwrap_err();
            assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::InvalidInput, told));
            assert_eq!(staging.bytes(&folder.path().join("x"), b"x").unwrap_err().to_string(), told);
        }
    }
}
