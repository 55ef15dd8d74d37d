//! `gather`: batches that were made apart become one folder.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::{
    batches::{
        gather::{Gathered, gather},
        manifest::BatchesManifest,
        writer::BatchesWriter,
    },
    failure::{Failure, Kind},
    interrupt::{Interrupt, at_the_end},
    invocation::Upload,
    publish::{Locking, Named, keep_apart},
    terminal::{Summary, Terminal},
    transform::corrections::kept,
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
    let output = &arguments.output;
    if output.as_os_str() == "-" {
        let failure = Failure::usage("`-o -` is no folder, and batches are gathered in one");
        return Err(failure.hint("give the folder, as in `-o batches`").into());
    }
    if let Some(first) = arguments.folders.first().map(|folder| BatchesManifest::read(folder)).transpose()?.flatten() {
        // What people wrote into the tables that are replaced has to be in the folders that replace them.
        kept::check_gathered(output, &first)?;
    }
    let (interrupt, phase) = (Interrupt::listen()?, terminal.phase("gather", None));
    let _last = at_the_end({
        let (staging, screen) = (BatchesWriter::staging_in(output), terminal.clone());
        move || {
            let _ = std::fs::remove_dir_all(staging);
            screen.last_word("interrupted: the batches were not gathered");
        }
    });
    let gathered = gather(&arguments.folders, output, arguments.locking, &interrupt, &phase);
    let gathered = gathered.map_err(|failure| match failure.kind {
        Kind::Interrupted => failure.kept("the folders, as they were").again("to gather them,"),
        _ => failure,
    })?;
    terminal.summary(&Summary { took: Some(phase.took()), ..summary(&gathered, arguments) })?;
    Ok(Outcome::Done)
}

fn summary(gathered: &Gathered, arguments: &Arguments) -> Summary {
    let Gathered { manifest, before, posts_before } = gathered;
    let (folders, posts) = (arguments.folders.len() as u64, manifest.batches.len());
    let changed = before.as_ref() != Some(manifest);
    let mut next = vec![Upload::of(&arguments.output).to_string()];
    if changed && arguments.output.join("receipts").is_dir() {
        // Whoever was sent already need not be sent again because others were added.
        next.insert(0, Upload::of(&arguments.output).changed_only().to_string());
    }
    let instead = before.as_ref().filter(|_| changed).map(|before| ("replaced".into(), manifest.instead_of(before)));
    Summary {
        title: if changed { "gather: done" } else { "gather: done; nothing changed" }.into(),
        rows: [
            ("books".into(), manifest.books.in_words()),
            ("folders".into(), format!("{}, in {}", counted(folders, "folder"), arguments.output.display())),
            ("posts".into(), format!("{} instead of {}", count(posts as u64), count(*posts_before as u64))),
        ]
        .into_iter()
        .chain(instead)
        .collect(),
        next,
        json: json!({"manifest": manifest, "posts": posts, "posts_before": posts_before}),
        ..Summary::default()
    }
}
