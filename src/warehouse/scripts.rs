//! The templates, one an engine, and what they are filled with.

use askama::Template;

use super::{Engine, Unload, names::Dialect};
use crate::{failure::Failure, invocation::quoted};

/// What every template is filled with; all of it is spelt as the engine takes it.
struct Filling {
    dialect: Dialect,
    traits: String,
    identifiers: String,
    merges: Option<String>,
    identifier: String,
    partitions: Vec<Partition>,
    /// Folder or URI, as it was typed, without a slash at its end.
    to: Option<String>,
    blanks: String,
    /// A further condition on the rows of traits and identifiers, beginning with `AND`; empty for all of them.
    only: &'static str,
}

/// One partition's number and where it goes.
struct Partition {
    number: u32,
    /// Its file, or the beginning of its files' names, as a literal.
    file: String,
    /// The same for psql's own commands, in whose quotation marks a backslash begins an escape.
    psql_file: String,
    /// Where Snowflake's COPY puts its files: a stage stands bare, a URI is a literal.
    stage: String,
}

#[derive(Template)]
#[template(path = "warehouse/postgres_rows.sql", escape = "none")]
struct PostgresRows<'a> {
    fill: &'a Filling,
}

/// The query whose rows are profiles, for who reads `PostgreSQL` itself; `only` narrows the rows of both tables.
pub(super) fn postgres_rows(
    unload: &Unload,
    only: &'static str,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let filling = Filling { only, ..Filling::of(unload)? };
    Ok(PostgresRows { fill: &filling }.render()?)
}

macro_rules! templates {
    ($($engine:ident $path:literal),* $(,)?) => {
        $(
            #[derive(Template)]
            #[template(path = $path, escape = "none")]
            struct $engine<'a> { fill: &'a Filling }
        )*

        /// The engine's script.
        pub(super) fn render(unload: &Unload) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
            let filling = Filling::of(unload)?;
            let text = match unload.engine {
                $(Engine::$engine => $engine { fill: &filling }.render()?,)*
            };
            Ok(text)
        }
    };
}

templates! {
    Postgres "warehouse/postgres.sql",
    Duckdb "warehouse/duckdb.sql",
    Spark "warehouse/spark.sql",
    Snowflake "warehouse/snowflake.sql",
    Bigquery "warehouse/bigquery.sql",
    Redshift "warehouse/redshift.sql",
    Synapse "warehouse/synapse.sql",
}

impl Filling {
    fn of(unload: &Unload) -> Result<Self, Failure> {
        let dialect = Dialect::of(unload.engine);
        let table = |name: &str| dialect.table(unload.schema.as_deref(), name);
        let to = unload.to.as_deref().map(|to| match to.trim_end_matches('/') {
            "" => "/".to_owned(),
            to => to.to_owned(),
        });
        Ok(Self {
            dialect,
            traits: table(&unload.tables.user_traits)?,
            identifiers: table(&unload.tables.user_identifiers)?,
            merges: unload.tables.profile_merges.as_deref().map(table).transpose()?,
            identifier: dialect.literal(&unload.identifier),
            partitions: (0..unload.partitions).map(|number| Partition::of(dialect, to.as_deref(), number)).collect(),
            to,
            blanks: dialect.blanks(),
            only: "",
        })
    }

    /// The place that is written to, inside a comment.
    fn to_comment(&self) -> &str {
        self.to.as_deref().unwrap_or("stdout")
    }

    /// The same for a shell.
    fn shell_to(&self) -> String {
        quoted(self.to_comment())
    }

    /// The file that says that all others are whole, as a literal.
    fn success_file(&self) -> String {
        self.dialect.literal(&format!("{}/_SUCCESS", self.to_comment()))
    }

    /// The same for psql's own commands.
    fn psql_success_file(&self) -> String {
        self.success_file().replace('\\', "\\\\")
    }

    /// The same as a literal.
    fn to_literal(&self) -> String {
        self.dialect.literal(self.to_comment())
    }

    /// The text of an expression as it stands between the quotation marks of a JSON string, where the engine has no
    /// function that escapes and nothing else.
    fn json(&self, expression: &str) -> String {
        let backslash = self.dialect.literal("\\");
        let mut text = format!("REPLACE({expression}, {backslash}, {})", self.dialect.literal("\\\\"));
        text = format!("REPLACE({text}, '\"', {})", self.dialect.literal("\\\""));
        for code in 1..32 {
            text = format!("REPLACE({text}, CHR({code}), {})", self.dialect.literal(&format!("\\u{code:04x}")));
        }
        text
    }
}

impl Partition {
    fn of(dialect: Dialect, to: Option<&str>, number: u32) -> Self {
        let to = to.unwrap_or_default();
        let file = dialect.literal(&match dialect.engine() {
            Engine::Bigquery => format!("{to}/part={number}/*.ndjson.gz"),
            Engine::Redshift => format!("{to}/part={number}/"),
            Engine::Duckdb => format!("{to}/part-{number:05}.ndjson.gz"),
            _ => format!("{to}/part-{number:05}.ndjson"),
        });
        let stage = format!("{to}/part={number}/");
        let bare = |character: char| character.is_ascii_alphanumeric() || "@_-./=~%$".contains(character);
        let is_stage = stage.starts_with('@') && stage.chars().all(bare);
        Self {
            number,
            psql_file: file.replace('\\', "\\\\"),
            file,
            stage: if is_stage { stage } else { dialect.literal(&stage) },
        }
    }
}
