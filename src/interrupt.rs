//! Signals: INT, TERM and HUP ask for an orderly end; the second ends at once.
//!
//! Whoever holds an [`Interrupt`] promises to heed it. While nobody does (a question is on the screen, a command that only
//! reads is at work) the first signal ends the run at once: what is on disk is safe at any moment. A signal that was
//! ignored when the program was started, as by `nohup`, stays ignored; that is read from `/proc`, where there is one.

use std::{
    fs, io, process,
    sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError},
    thread,
    time::Duration,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use tokio::sync::watch;

/// An orderly end that takes longer hangs in something that cannot be left, for instance in the reading of a pipe.
const LONGEST_END: Duration = Duration::from_secs(8);

/// The exit code of a run that was interrupted.
const INTERRUPTED: i32 = 130;

/// What is the same for the whole process.
struct Process {
    asked: watch::Sender<bool>,
    /// Each [`Interrupt`] that is held has a copy.
    heeded: Arc<()>,
    last: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    always: OnceLock<Box<dyn Fn(bool) + Send + Sync>>,
}

static PROCESS: LazyLock<Process> = LazyLock::new(|| Process {
    asked: watch::channel(false).0,
    heeded: Arc::default(),
    last: Mutex::default(),
    always: OnceLock::new(),
});

/// Tells whoever holds it that the user wants to stop; cheap to clone.
#[derive(Debug, Clone)]
pub struct Interrupt {
    asked: watch::Receiver<bool>,
    /// That somebody heeds it is known by counting these.
    _heeded: Arc<()>,
}

/// Listens for signals from now on; further calls do nothing.
///
/// # Errors
/// Signals that cannot be listened to.
pub fn install() -> io::Result<()> {
    static INSTALLED: OnceLock<Result<(), io::ErrorKind>> = OnceLock::new();
    INSTALLED.get_or_init(|| start().map_err(|error| error.kind())).map_err(io::Error::from)
}

fn start() -> io::Result<()> {
    let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
    let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let mut signals = Signals::new(heard)?;
    thread::Builder::new().name("signals".into()).spawn(move || signals.forever().for_each(|_| PROCESS.signalled()))?;
    Ok(())
}

/// The signals that are ignored, one a bit, as the kernel tells of a process.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

impl Process {
    fn signalled(&self) {
        let heeded = Arc::strong_count(&self.heeded) > 1;
        if self.asked.send_replace(true) || !heeded {
            self.end();
        }
        // The name tells whoever looks from outside, tests for instance, that the signal was heard.
        let late = thread::Builder::new().name("interrupted".into()).spawn(|| {
            thread::sleep(LONGEST_END);
            PROCESS.end();
        });
        if late.is_err() {
            self.end();
        }
    }

    fn end(&self) -> ! {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        let told = last.is_some();
        if let Some(last) = last {
            last();
        }
        if let Some(always) = self.always.get() {
            always(told);
        }
        process::exit(INTERRUPTED)
    }
}

/// Sets what is done where a signal ends the run at once; until what it gives is dropped.
#[must_use]
pub fn at_the_end(last: impl FnOnce() + Send + 'static) -> impl Drop {
    struct Unset;
    impl Drop for Unset {
        fn drop(&mut self) {
            drop(PROCESS.last.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
    *PROCESS.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(last));
    Unset
}

/// Sets what is done wherever a signal ends the run at once; it is told whether [`at_the_end`] had something to say.
pub fn at_every_end(always: impl Fn(bool) + Send + Sync + 'static) {
    // It is set once, at the start.
    let _ = PROCESS.always.set(Box::new(always));
}

impl Interrupt {
    /// Hears of signals, and promises to end soon after one.
    ///
    /// # Errors
    /// Signals that cannot be listened to.
    pub fn listen() -> io::Result<Self> {
        install()?;
        Ok(Self { asked: PROCESS.asked.subscribe(), _heeded: Arc::clone(&PROCESS.heeded) })
    }

    /// One that never comes, for runs that nobody interrupts.
    #[must_use]
    pub fn never() -> Self {
        Self { asked: watch::channel(false).1, _heeded: Arc::default() }
    }

    /// Whether the user wants to stop.
    #[must_use]
    pub fn asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Returns when the user wants to stop.
    pub async fn wait(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            // Nobody listens any more, so nobody can ask.
            std::future::pending::<()>().await;
        }
    }

    /// What `work` comes to, or nothing where the user wants to stop and it is not done within that time.
    pub async fn within<T>(&self, patience: Duration, work: impl Future<Output = T>) -> Option<T> {
        let over = async {
            self.wait().await;
            tokio::time::sleep(patience).await;
        };
        tokio::select! { biased; done = work => Some(done), () = over => None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_that_a_process_ignores_are_read_from_its_status() {
        let status = "Name:\tx\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n";
        let bit = |signal: i32| ignored(status) >> (signal - 1) & 1;
        assert_eq!((bit(SIGHUP), bit(SIGINT), bit(SIGTERM)), (1, 0, 0));
        assert_eq!(ignored(""), 0);
    }
}
