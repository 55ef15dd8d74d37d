//! `schema`: The project's customer metadata schema, saved for transform.

use anyhow::{Result, bail};
use clap::Args;

use super::Outcome;
use crate::terminal::Terminal;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Runs the command.
///
/// # Errors
/// Not there yet.
pub fn run(_arguments: Arguments, _terminal: &Terminal) -> Result<Outcome> {
    bail!("`schema` is not there yet")
}
