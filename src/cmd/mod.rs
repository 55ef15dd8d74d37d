//! The commands: one file each, always with the same four blocks: doc, `Arguments`, `run`, helpers. Wiring, no logic.

use std::{fmt::Display, process::ExitCode};

use anyhow::Result;

use crate::{failure::Failure, invocation::quoted};

pub mod completions;
pub mod explain;
pub mod export;
pub mod inspect;
pub mod migrate;
pub mod report;
pub mod sandbox;
pub mod schema;
pub mod status;
pub mod transform;
pub mod upload;
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

/// What an error says that is no end: the run continues where it stopped.
const AGAIN: &str = "run the same command again";

/// Whether a run that failed can go on.
fn continues(failure: &Failure) -> bool {
    failure.hint.as_ref().is_some_and(|hint| hint.ends_with(AGAIN))
}

/// Puts the command itself behind the advice to run it again.
fn naming_the_command(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(failure) if continues(&failure) => {
            let hint = format!("{}: `{}`", failure.hint.as_deref().unwrap_or_default(), command_line());
            failure.hint(hint).into()
        }
        Ok(failure) => failure.into(),
        Err(error) => error,
    }
}

/// The command as it was given; no argument of it is ever secret.
fn command_line() -> String {
    rejoined(std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()))
}

/// The same with another value for a flag that takes one.
fn command_line_with(flag: &str, value: impl Display) -> String {
    let mut arguments: Vec<String> = Vec::new();
    let mut given = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = given.next() {
        match argument.strip_prefix(flag) {
            Some("") => drop(given.next()),
            Some(assigned) if assigned.starts_with('=') => {}
            _ => arguments.push(argument),
        }
    }
    rejoined(arguments.into_iter().chain([flag.to_owned(), value.to_string()]))
}

fn rejoined(arguments: impl Iterator<Item = String>) -> String {
    let words = arguments.map(|argument| quoted(&argument));
    std::iter::once(env!("CARGO_PKG_NAME").to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}
