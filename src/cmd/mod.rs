//! The commands: one file each, always with the same four blocks: doc, `Arguments`, `run`, helpers. Wiring, no logic.

use std::process::ExitCode;

use anyhow::Result;

pub mod completions;
pub mod diff;
pub mod explain;
pub mod export;
pub mod gather;
pub mod inspect;
pub mod migrate;
pub mod report;
pub mod sandbox;
pub mod schema;
mod sent;
pub mod status;
pub mod transform;
pub mod undo;
pub mod upload;
pub mod verify;
pub mod warehouse;

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was done. Exit code 0.
    Done,
    /// Finished, but some records were left out; a file that was named lists them. Exit code 3.
    LeftOut,
    /// Interrupted; state is saved. Exit code 130.
    Interrupted,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::LeftOut => Self::from(3),
            Outcome::Interrupted => Self::from(130),
        }
    }
}

/// Runs a future to its end on a new runtime, for the commands that talk to a network.
///
/// # Errors
/// The future's own, or a runtime that cannot be started.
pub fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}

/// The same on this thread alone: for what comes in small pieces, for each of which two threads would wait for each other.
///
/// # Errors
/// As for [`block_on`].
pub fn block_on_this_thread<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}
