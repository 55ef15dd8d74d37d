//! `report`: One self-contained HTML page of the whole migration.

use anyhow::{Result, bail};
use clap::Args;

use super::Outcome;
use crate::terminal::Terminal;

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Runs the command.
///
/// # Errors
/// Not there yet.
pub fn run(_arguments: Arguments, _terminal: &Terminal) -> Result<Outcome> {
    bail!("`report` is not there yet")
}
