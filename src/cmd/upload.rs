//! `upload`: Batches -> Voucherify customers.

use anyhow::{Result, bail};
use clap::Args;

use super::Outcome;
use crate::terminal::Terminal;

/// Arguments of `upload`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Runs the command.
///
/// # Errors
/// Not there yet.
pub fn run(_arguments: Arguments, _terminal: &Terminal) -> Result<Outcome> {
    bail!("`upload` is not there yet")
}
