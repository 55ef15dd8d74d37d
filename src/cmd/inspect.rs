//! `inspect`: what an archive holds, before any mapping.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::Outcome;
use crate::{
    archive::{reader, trait_texts::Values},
    config,
    failure::Failure,
    inspect::{self, Overview, TraitRow},
    invocation::typed,
    mapping::{Definition, Preset, Uses},
    tables::{Dialect, Writer},
    terminal::{self, Paint, Terminal, aligned, aligned_whole},
    text_file,
    wording::{count, counted, share},
};

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Archives, files, patterns, or `-` for standard input
    #[arg(value_name = "INPUT", default_value = "export")]
    inputs: Vec<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t, value_name = "WHAT", conflicts_with = "json")]
    show: Show,
    /// With `--show csv`: for whom the table is written [default: excel]
    #[arg(long, value_enum, value_name = "DIALECT")]
    csv: Option<Dialect>,
    /// External id type whose duplicates are counted [default: `user_id`, or `IDENTIFIER_SAVED_AS_SOURCE_ID`]
    #[arg(long, value_name = "TYPE")]
    identifier: Option<String>,
    /// Hold the traits against this mapping file [default: the built-in mapping]
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// What the texts in `trait_texts` stand for [default: by the first 10,000 lines]
    #[arg(long, value_enum, value_name = "HOW", default_value_t, hide_default_value = true)]
    values: Values,
}

/// What to print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Show {
    /// Tables for people
    #[default]
    Tables,
    /// One row a trait
    Csv,
    /// Lines for a mapping file that take along what is left behind
    Mapping,
    /// A metadata schema that would fit
    Schema,
}

/// Runs the command.
///
/// # Errors
/// An input that cannot be read, a mapping file that is none, or stdout that cannot be written.
pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome> {
    if arguments.csv.is_some() && arguments.show != Show::Csv {
        let failure = Failure::usage("`--csv` is the dialect of the table that `--show csv` prints");
        return Err(failure.hint("add `--show csv`").into());
    }
    let identifier = config::chosen(arguments.identifier.as_deref(), "IDENTIFIER_SAVED_AS_SOURCE_ID")?;
    let identifier = identifier.unwrap_or_else(|| "user_id".into());
    let uses = uses(arguments.mapping.as_deref())?;
    let reader::Found { sources, remarks } = reader::found(&arguments.inputs)?;
    for remark in remarks.all() {
        terminal.say(&format!("note: {remark}"));
    }
    let phase = terminal.phase("inspect", reader::profiles(&sources));
    let inspection = inspect::inspect(&sources, &identifier, arguments.values.said(), &phase);
    phase.finish();
    let overview = Overview::new(&inspection?, &identifier, &uses);
    match arguments.show {
        Show::Tables => {
            let json = serde_json::to_value(&overview)?;
            terminal.answer(&json, |width, paint| text(&overview, width, paint))?;
        }
        Show::Csv => print_csv(&overview, arguments.csv.unwrap_or_default())?,
        Show::Mapping => terminal::data(overview.mapping_lines.as_bytes())?,
        Show::Schema => terminal::data(format!("{:#}\n", overview.metadata_schema).as_bytes())?,
    }
    Ok(Outcome::Done)
}

/// What the mapping takes, read as `transform` reads it.
fn uses(mapping: Option<&Path>) -> Result<Uses, Failure> {
    let definition = match mapping {
        Some(path) => {
            let name = path.display().to_string();
            let file = text_file::read(path)
                .map_err(|error| Failure::usage(format!("cannot read the mapping file `{name}`")).because(error))?;
            Definition::parse(&file.text, &name)
        }
        None => Definition::preset(Preset::default()),
    };
    Ok(definition?.uses())
}

/// The columns of the table of traits, in their order (docs/formats.md, Tables).
const COLUMNS: [&str; 9] =
    ["trait", "profiles", "share", "types", "blank", "distinct", "longest", "becomes", "examples"];

fn print_csv(overview: &Overview, dialect: Dialect) -> Result<()> {
    let mut table = Writer::new(Vec::new(), dialect, &COLUMNS)?;
    for row in &overview.traits {
        let numbers = [row.profiles, row.blank, row.distinct, row.longest].map(|number| number.to_string());
        let [profiles, blank, distinct, longest] = &numbers;
        let (share, examples) = (share(row.profiles, overview.profiles), row.examples.join(" | "));
        table.row(
            [&row.name, profiles, &share, &row.types, blank, distinct, longest, &row.becomes, &examples]
                .map(String::as_str),
        )?;
    }
    Ok(terminal::data(&table.finish()?.0)?)
}

fn text(overview: &Overview, width: u16, paint: Paint) -> String {
    let profiles = overview.profiles;
    let ids = overview.external_ids.iter();
    let ids = ids.map(|row| [row.kind.clone(), share(row.profiles, profiles), count(row.profiles), count(row.several)]);
    let mut blocks = vec![
        paint.title(&format!("{}, {}", counted(profiles, "profile"), counted(overview.traits.len() as u64, "trait"))),
        aligned(Some(["external id", "share", "profiles", "several"]), ids, width),
        traits(overview, width),
    ];
    if overview.other_traits > 0 {
        let others = count(overview.other_traits);
        blocks.push(format!("  and about {others} further names, counted together: too many to tell apart"));
    }
    blocks.extend(doubts(overview, paint));
    if !overview.left_behind.is_empty() {
        let heading = format!("left behind by this mapping: {}", counted(overview.left_behind.len() as u64, "trait"));
        let names = aligned(None, [[overview.left_behind.join(", ")]], width);
        blocks.push(format!("{}\n{names}", paint.warning(&heading)));
        let next = [
            ["next".to_owned(), typed().with("--show", "mapping").to_string()],
            [String::new(), typed().with("--show", "schema").to_string()],
        ];
        blocks.push(aligned(None, next, width));
    }
    blocks.join("\n\n")
}

/// A row a trait; examples where there is room for them.
fn traits(overview: &Overview, width: u16) -> String {
    let rows: Vec<_> = overview.traits.iter().map(|row| trait_cells(row, overview.profiles)).collect();
    let header = ["trait", "share", "types", "distinct", "longest", "becomes", "looks like"];
    aligned_whole(header, &rows, width).unwrap_or_else(|| {
        let [name, share, types, distinct, longest, becomes, _] = header;
        let rows = rows.into_iter().map(|[name, share, types, distinct, longest, becomes, _]| {
            [name, share, types, distinct, longest, becomes]
        });
        let table = aligned(Some([name, share, types, distinct, longest, becomes]), rows, width);
        format!("{table}\n\n  a wider terminal, `--show csv` and `--json` show masked examples, too")
    })
}

fn trait_cells(row: &TraitRow, profiles: u64) -> [String; 7] {
    let example = row.examples.first().map(|example| shortened(example)).unwrap_or_default();
    let becomes = if row.becomes.is_empty() { "-".into() } else { row.becomes.clone() };
    let share = share(row.profiles, profiles);
    [row.name.clone(), share, row.types.clone(), count(row.distinct), count(row.longest), becomes, example]
}

/// As much of an example as a table of 80 columns has room for.
fn shortened(example: &str) -> String {
    const ROOM: usize = 11;
    if example.chars().count() <= ROOM {
        example.to_owned()
    } else {
        example.chars().take(ROOM - 1).chain(['…']).collect()
    }
}

/// What a transform would reject, as far as it shows here.
fn doubts(overview: &Overview, paint: Paint) -> Option<String> {
    let identifier = &overview.identifier;
    let with = overview.external_ids.iter().find(|row| row.kind == *identifier).map_or(0, |row| row.profiles);
    let doubts = [
        (overview.profiles - with, format!("have no `{identifier}`: they would be rejected")),
        (overview.shared_identifiers, format!("have a `{identifier}` that an earlier profile has")),
        (overview.repeated_segment_ids, "come again: the same `segment_id`".to_owned()),
        (overview.malformed, "lines are no profile".to_owned()),
    ];
    let rows: Vec<[String; 2]> =
        doubts.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| [count(number), what]).collect();
    (!rows.is_empty()).then(|| format!("{}\n{}", paint.warning("not everybody can come over"), aligned(None, rows, 80)))
}
