//! `status`: what is done and what is left, from the files alone.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::{
    failure::Failure,
    invocation::Export,
    publish::once_each,
    status::{self, Checked, Folder, PhaseState, StatusRow},
    terminal::{Paint, Terminal, aligned},
    wording::{count, counted},
};

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Archives and folders of batches [default: `export` and `batches`, where they are]
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Read every file again and compare its checksum
    #[arg(long, alias = "verify")]
    checksums: bool,
}

/// Runs the command.
///
/// # Errors
/// A folder in which no phase has written, or a file that cannot be read.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    let folders = read(&arguments.folders)?;
    let rows = status::rows(&folders, arguments.checksums);
    let checked = if arguments.checksums { Some(verify(&folders, terminal)?) } else { None };
    let json = json!({ "rows": rows, "verified": checked });
    terminal.answer(&json, |width, paint| text(&rows, checked.as_ref(), width, paint))?;
    let damaged = checked.is_some_and(|checked| checked.damages.iter().any(|damage| damage.problem.is_damage()));
    let wrong = rows.iter().any(|row| matches!(row.state, PhaseState::Incomplete | PhaseState::Unbalanced));
    Ok(if damaged || wrong { Outcome::LeftOut } else { Outcome::Done })
}

fn read(named: &[PathBuf]) -> Result<Vec<(String, Folder)>, Failure> {
    let defaults = [PathBuf::from("export"), PathBuf::from("batches")];
    let mut folders = Vec::new();
    let paths = if named.is_empty() { &defaults[..] } else { named };
    for path in &once_each(paths.to_vec(), PathBuf::clone) {
        match status::read(path)? {
            Some(folder) => folders.push((path.display().to_string().trim_end_matches('/').to_owned(), folder)),
            None if named.is_empty() => {}
            None => {
                return Err(Failure::usage(format!("`{}` holds neither an archive nor batches", path.display()))
                    .hint("name the folder that `export` or `transform` wrote: the one with `manifest.json`"));
            }
        }
    }
    if folders.is_empty() {
        return Err(Failure::usage("there is neither an archive in `export` nor a folder of batches in `batches`")
            .command("name the folders, or begin with:", Export::default()));
    }
    Ok(folders)
}

fn verify(folders: &[(String, Folder)], terminal: &Terminal) -> Result<Checked> {
    let mut all = Checked::default();
    for (name, folder) in folders {
        let checked = status::verify(Path::new(name), folder, &terminal.phase("verify", None))?;
        all.files += checked.files;
        all.damages.extend(checked.damages);
    }
    Ok(all)
}

fn text(rows: &[StatusRow], checked: Option<&Checked>, width: u16, paint: Paint) -> String {
    let mut blocks = vec![table(rows, width)];
    blocks.extend(
        rows.iter().filter(|row| !row.reasons.is_empty() || row.next.is_some()).map(|row| reasons(row, width, paint)),
    );
    if let Some(checked) = checked {
        blocks.push(verdict(checked, width, paint));
    }
    if rows.iter().all(|row| matches!(row.state, PhaseState::Complete | PhaseState::WithRejects)) {
        let nothing = if rows.iter().all(|row| row.next.is_none()) { "nothing" } else { "nothing else" };
        blocks.push(paint.good(&format!("{nothing} is left to do")));
    }
    blocks.join("\n\n")
}

/// One line a row, and one more for a place that is too long to stand beside its figures.
fn table(rows: &[StatusRow], width: u16) -> String {
    let header = ["phase", "done", "left", "left out", "verdict"];
    let figures = rows.iter().map(|row| {
        let [done, left, left_out] = [row.done, row.left, row.left_out].map(count);
        [row.phase.as_str().to_owned(), done, left, left_out, row.state.as_str().to_owned()]
    });
    let figures = aligned(Some(header), figures, width);
    let widest = figures.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    let mut lines = Vec::new();
    let places =
        std::iter::once("where").chain(rows.iter().map(|row| if row.place.is_empty() { "-" } else { &row.place }));
    for (figures, place) in figures.lines().zip(places) {
        if widest + 2 + place.chars().count() <= usize::from(width) {
            lines.push(format!("{figures:<widest$}  {place}").trim_end().to_owned());
        } else {
            lines.extend([figures.to_owned(), format!("    {place}")]);
        }
    }
    lines.join("\n")
}

fn reasons(row: &StatusRow, width: u16, paint: Paint) -> String {
    let state = match row.state {
        PhaseState::Complete => paint.good(row.state.as_str()),
        PhaseState::WithRejects | PhaseState::Unfinished => paint.warning(row.state.as_str()),
        PhaseState::Incomplete | PhaseState::Unbalanced => paint.bad(row.state.as_str()),
    };
    let place = if row.place.is_empty() { String::new() } else { format!(" {}", row.place) };
    let why = row.reasons.iter().map(|reason| ["why".to_owned(), reason.clone()]);
    let first = row.first.iter().map(|first| ["first".to_owned(), first.clone()]);
    let then = if row.first.is_some() { "then" } else { "next" };
    let next = first.chain(row.next.iter().map(|next| [then.to_owned(), next.to_string()]));
    format!("{}{place}: {state}\n{}", row.phase.as_str(), aligned(None, why.chain(next), width))
}

fn verdict(checked: &Checked, width: u16, paint: Paint) -> String {
    if checked.damages.is_empty() {
        return paint.good(&format!("{} as written", counted(checked.files, "file")));
    }
    let (wrong, all) = (counted(checked.damages.len() as u64, "file"), count(checked.files));
    let mut blocks = vec![paint.bad(&format!("{wrong} of {all} not as written"))];
    blocks.extend(checked.damages.iter().map(|damage| {
        let next = damage.next.to_string();
        let rows = [["problem", damage.problem.as_str()], ["mend", &damage.mend], ["next", &next]];
        let rows = rows.map(|row| row.map(str::to_owned));
        format!("{}\n{}", damage.file, aligned(None, rows, width))
    }));
    blocks.join("\n\n")
}
