//! `warehouse`: the SQL that unloads Profiles Sync tables as profiles.

use anyhow::Result;
use clap::{Args, builder::NonEmptyStringValueParser};

use super::Outcome;
use crate::{
    config, terminal,
    warehouse::{self, Engine, TableName, TableNames, Unload},
};

/// Arguments of `warehouse`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Engine whose SQL is wanted
    #[arg(value_enum, value_name = "ENGINE")]
    pub engine: Engine,
    /// Schema of the space's tables, or database and schema with a dot between
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub schema: Option<String>,
    /// Another name for a table, such as `user_traits=NAME`; may be repeated
    #[arg(long = "table", value_name = "TABLE=NAME")]
    pub tables: Vec<TableName>,
    /// External id type that becomes `source_id`; decides the partition [default: `user_id`]
    #[arg(long, value_name = "TYPE", value_parser = NonEmptyStringValueParser::new())]
    pub identifier: Option<String>,
    /// How many partitions to write, for as many transforms
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub partitions: u32,
    /// Folder or URI to write to; PostgreSQL and DuckDB write to stdout without it
    #[arg(long, value_name = "URI")]
    pub to: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Options that do not go together, or stdout that cannot be written.
pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let identifier = config::chosen(arguments.identifier.as_deref(), "IDENTIFIER_SAVED_AS_SOURCE_ID")?;
    let script = warehouse::script(&Unload {
        engine: arguments.engine,
        schema: arguments.schema.clone(),
        tables: TableNames::with(&arguments.tables),
        identifier: identifier.unwrap_or_else(|| "user_id".into()),
        partitions: arguments.partitions,
        to: arguments.to.clone(),
    })?;
    terminal::data(script.as_bytes())?;
    Ok(Outcome::Done)
}
