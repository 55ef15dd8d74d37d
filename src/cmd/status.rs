//! `status`: What is done and what is left, from the files alone.

use anyhow::{Result, bail};
use clap::Args;

use super::Outcome;
use crate::terminal::Terminal;

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Runs the command.
///
/// # Errors
/// Not there yet.
pub fn run(_arguments: Arguments, _terminal: &Terminal) -> Result<Outcome> {
    bail!("`status` is not there yet")
}
