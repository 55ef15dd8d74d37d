//! `completions`: completions for a shell, or man pages, from the same source as `--help`.

use std::{
    io,
    path::{Path, PathBuf},
};

use anyhow::Result;
use clap::{Args, Command, ValueEnum};
use clap_complete::{Shell, generate};
use clap_mangen::Man;

use super::Outcome;
use crate::{publish, terminal};

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What to write for
    #[arg(value_enum, value_name = "SHELL")]
    reader: Reader,
    /// With `man`: write the page of every command into this folder, instead of one page to stdout
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Who reads what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Reader {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    #[value(name = "powershell")]
    PowerShell,
    /// man pages
    Man,
}

/// Runs the command; `command` is the whole program's command line.
///
/// # Errors
/// Stdout or a folder that cannot be written.
pub fn run(arguments: &Arguments, mut command: Command) -> Result<Outcome> {
    let shell = match (arguments.reader, &arguments.output) {
        (Reader::Man, Some(folder)) => {
            command.build();
            write_pages(&command, folder)?;
            return Ok(Outcome::Done);
        }
        (Reader::Man, None) => {
            terminal::data(&page(&command)?.1)?;
            return Ok(Outcome::Done);
        }
        (Reader::Bash, _) => Shell::Bash,
        (Reader::Zsh, _) => Shell::Zsh,
        (Reader::Fish, _) => Shell::Fish,
        (Reader::PowerShell, _) => Shell::PowerShell,
    };
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    generate(shell, &mut command, name, &mut script);
    terminal::data(&script)?;
    Ok(Outcome::Done)
}

fn page(command: &Command) -> io::Result<(String, Vec<u8>)> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok((man.get_filename(), page))
}

/// One page for the program and one for each of its commands.
fn write_pages(program: &Command, folder: &Path) -> io::Result<()> {
    publish::folder(folder)?;
    let commands = program.get_subcommands().filter(|command| command.get_name() != "help");
    for command in std::iter::once(program).chain(commands) {
        let (file, page) = page(command)?;
        publish::bytes(&folder.join(file), &page)?;
    }
    Ok(())
}
