//! SQL that unloads Profiles Sync tables as profiles, one a line; pure: options in, text out.
//!
//! Every script follows the same rules: the newest row per profile and trait counts; profiles that were merged away are
//! left out; a profile with only identifiers, or with only traits, is kept; identifiers come in the order of their
//! `seq`, traits in that of their names' bytes. The engine groups, orders, partitions and escapes, and never judges or
//! rewrites a value: it leaves as a JSON string in `trait_texts`, and `transform` decides what it is.

pub mod address;
mod names;
pub mod postgres;
mod scripts;

use clap::ValueEnum;

use self::names::Dialect;
pub use self::names::{TableName, TableNames};
use crate::{
    failure::Failure,
    invocation::{Transform, Warehouse},
};

/// Most partitions: the first seven hexadecimal digits of an MD5 are divided among them.
pub const MOST_PARTITIONS: u32 = 4096;

/// A warehouse that Profiles Sync writes to, or an engine that reads its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// PostgreSQL, by psql
    Postgres,
    /// Spark SQL, Databricks too
    Spark,
    /// DuckDB
    Duckdb,
    /// Snowflake
    Snowflake,
    /// Google BigQuery
    Bigquery,
    /// Amazon Redshift
    Redshift,
    /// Azure Synapse, dedicated SQL pool
    Synapse,
}

impl Engine {
    /// How its name is written by its vendor.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Spark => "Spark",
            Self::Duckdb => "DuckDB",
            Self::Snowflake => "Snowflake",
            Self::Bigquery => "BigQuery",
            Self::Redshift => "Redshift",
            Self::Synapse => "Synapse",
        }
    }

    /// Whether it can only write to storage that a URI names.
    fn writes_to_storage_only(self) -> bool {
        matches!(self, Self::Spark | Self::Snowflake | Self::Bigquery | Self::Redshift | Self::Synapse)
    }

    /// How the URI of its storage may begin, for the message where it does not.
    fn storage(self) -> Option<(&'static [&'static str], &'static str)> {
        match self {
            Self::Bigquery => Some((&["gs://"], "`gs://bucket/folder`")),
            Self::Redshift => Some((&["s3://"], "`s3://bucket/folder`")),
            Self::Snowflake => Some((
                &["@", "s3://", "gcs://", "azure://"],
                "a stage such as `@my_stage/folder`, or `s3://bucket/folder`",
            )),
            Self::Synapse => Some((&["/"], "a folder of the external data source, such as `/profiles`")),
            Self::Postgres | Self::Spark | Self::Duckdb => None,
        }
    }
}

/// What to unload, from where, to where.
#[derive(Debug, Clone)]
pub struct Unload {
    /// The engine whose SQL is wanted.
    pub engine: Engine,
    /// Schema, or database and schema with a dot between, of the space's tables.
    pub schema: Option<String>,
    /// How the tables are called, where not as usual.
    pub tables: TableNames,
    /// External id type whose value decides the partition: the one that becomes `source_id`.
    pub identifier: String,
    /// How many partitions; at least 1.
    pub partitions: u32,
    /// Folder or URI to write to; without one, to stdout.
    pub to: Option<String>,
}

/// The script, with a header that says how it is run.
///
/// # Errors
/// Options that do not go together, a name that no identifier of the engine can have, or a template that cannot be
/// rendered.
pub fn script(unload: &Unload) -> Result<String, Failure> {
    check(unload)?;
    scripts::render(unload).map_err(|error| Failure::stopped("the script cannot be written").because(error))
}

fn check(unload: &Unload) -> Result<(), Failure> {
    let Unload { engine, schema, tables, partitions, to, .. } = unload;
    let title = engine.title();
    let names = [&tables.user_traits, &tables.user_identifiers].into_iter().chain(&tables.profile_merges);
    for name in names {
        Dialect::of(*engine).table(schema.as_deref(), name)?;
    }
    if !(1..=MOST_PARTITIONS).contains(partitions) {
        return Err(Failure::usage(format!("`--partitions` takes 1 to {MOST_PARTITIONS}")));
    }
    if *engine == Engine::Synapse && *partitions > 1 {
        return Err(Failure::usage(
            "Synapse cannot divide profiles by the MD5 of UTF-8 text, so its script makes one partition",
        )
        .command("leave `--partitions` out, and divide the files:", Transform::default().partition("I/N")));
    }
    match to.as_deref() {
        None if engine.writes_to_storage_only() => {
            let example =
                engine.storage().map_or("a folder or URI that all its executors can write to", |(_, example)| example);
            Err(Failure::usage(format!("{title} writes to storage only, so `--to` is needed: {example}")))
        }
        None if *partitions > 1 => Err(Failure::usage("several partitions do not fit into one stdout").command(
            "write each into a file of a folder:",
            Warehouse::of(Dialect::of(*engine).word()).partitions(u64::from(*partitions)).to("unloaded"),
        )),
        None => Ok(()),
        Some(to) if to.is_empty() || to.chars().any(char::is_control) => {
            Err(Failure::usage("`--to` must name a folder or URI, without line breaks"))
        }
        Some(to) => match engine.storage() {
            Some((beginnings, example)) if !beginnings.iter().any(|beginning| to.starts_with(beginning)) => {
                Err(Failure::usage(format!("`--to {to}` is no place that {title} writes to"))
                    .hint(format!("give {example}")))
            }
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests;
