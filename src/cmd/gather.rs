//! `gather`: batches that were made apart become one folder.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::{
    batches::gather::{Gathered, gather},
    invocation::Upload,
    publish::{Locking, Named, keep_apart},
    terminal::{Summary, Terminal},
    wording::{count, counted},
};

/// Arguments of `gather`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folders of all partitions, in any order
    #[arg(value_name = "FOLDER", required = true)]
    folders: Vec<PathBuf>,
    /// The folder that is made of them
    #[arg(short, long, value_name = "DIR", default_value = "batches")]
    output: PathBuf,
    #[command(flatten)]
    locking: Locking,
}

/// Runs the command.
///
/// # Errors
/// Folders that do not belong together, or a disk that fails.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let read: Vec<Named> = arguments.folders.iter().map(|path| Named { what: "the folder", path }).collect();
    keep_apart(&read, &[Named { what: "`-o`", path: &arguments.output }])?;
    let gathered = gather(&arguments.folders, &arguments.output, arguments.locking)?;
    terminal.summary(&summary(&gathered, arguments))?;
    Ok(Outcome::Done)
}

fn summary(gathered: &Gathered, arguments: &Arguments) -> Summary {
    let Gathered { manifest, before, posts_before } = gathered;
    let [read, customers, rejected] =
        [manifest.books.read, manifest.books.customers, manifest.books.rejected].map(count);
    let (folders, posts) = (arguments.folders.len() as u64, manifest.batches.len());
    let changed = before.as_ref() != Some(manifest);
    Summary {
        title: if changed { "gather: done" } else { "gather: done; nothing changed" }.into(),
        rows: vec![
            ("books".into(), format!("read {read} = customers {customers} + rejected {rejected}")),
            ("folders".into(), format!("{}, in {}", counted(folders, "folder"), arguments.output.display())),
            ("posts".into(), format!("{} instead of {}", count(posts as u64), count(*posts_before as u64))),
        ],
        next: vec![Upload::of(&arguments.output).to_string()],
        json: json!({"manifest": manifest, "posts": posts, "posts_before": posts_before}),
        ..Summary::default()
    }
}
