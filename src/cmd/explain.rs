//! `explain`: One customer end to end.

use anyhow::{Result, bail};
use clap::Args;

use super::Outcome;
use crate::terminal::Terminal;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Runs the command.
///
/// # Errors
/// Not there yet.
pub fn run(_arguments: Arguments, _terminal: &Terminal) -> Result<Outcome> {
    bail!("`explain` is not there yet")
}
