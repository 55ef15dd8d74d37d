//! Names and texts as each engine's SQL spells them.

use std::str::FromStr;

use super::Engine;
use crate::failure::Failure;

/// How the tables of a space are called; Segment's own names unless told otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableNames {
    /// One row per profile and trait.
    pub user_traits: String,
    /// One row per profile and external id.
    pub user_identifiers: String,
    /// One row per profile that was merged into another; none where the space has no such table.
    pub profile_merges: Option<String>,
}

impl Default for TableNames {
    fn default() -> Self {
        Self {
            user_traits: "user_traits".into(),
            user_identifiers: "user_identifiers".into(),
            profile_merges: Some("profile_merges".into()),
        }
    }
}

/// Another name for one of the tables, as typed: `user_traits=NAME`; `profile_merges=` for a space without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    table: Table,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Traits,
    Identifiers,
    Merges,
}

impl FromStr for TableName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = "`user_traits=NAME`, `user_identifiers=NAME` or `profile_merges=NAME` (nothing behind `profile_merges=` \
                      where there is no such table)";
        let (table, name) = text.split_once('=').ok_or_else(|| wanted.to_owned())?;
        let table = match table.trim() {
            "user_traits" => Table::Traits,
            // The vendor spells it both ways (docs/api-facts.md B1).
            "user_identifiers" | "user_identifier" => Table::Identifiers,
            "profile_merges" => Table::Merges,
            _ => return Err(wanted.into()),
        };
        if name.trim().is_empty() && table != Table::Merges {
            return Err(wanted.into());
        }
        Ok(Self { table, name: name.trim().to_owned() })
    }
}

impl TableNames {
    /// Segment's own names, but for those that were typed; of several for one table the last counts.
    #[must_use]
    pub fn with(typed: &[TableName]) -> Self {
        let mut names = Self::default();
        for TableName { table, name } in typed {
            match table {
                Table::Traits => names.user_traits.clone_from(name),
                Table::Identifiers => names.user_identifiers.clone_from(name),
                Table::Merges => names.profile_merges = Some(name.clone()).filter(|name| !name.is_empty()),
            }
        }
        names
    }
}

/// What Unicode calls white space, as code points: what the mapping trims, too.
const BLANKS: [u32; 25] = [
    9, 10, 11, 12, 13, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202, 8232,
    8233, 8239, 8287, 12288,
];

impl TableNames {
    /// The names that are not Segment's own, as they would be typed.
    #[must_use]
    pub fn typed(&self) -> Vec<String> {
        let own = Self::default();
        let merges = self.profile_merges.clone().unwrap_or_default();
        let named = [
            ("user_traits", &self.user_traits, Some(&own.user_traits)),
            ("user_identifiers", &self.user_identifiers, Some(&own.user_identifiers)),
            ("profile_merges", &merges, own.profile_merges.as_ref()),
        ];
        let differing = named.into_iter().filter(|(_, name, own)| Some(*name) != *own);
        differing.map(|(table, name, _)| format!("{table}={name}")).collect()
    }
}

/// How one engine spells names and texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    engine: Engine,
}

impl Dialect {
    pub(super) fn of(engine: Engine) -> Self {
        Self { engine }
    }

    /// The engine as the command line names it.
    pub(super) fn word(self) -> &'static str {
        match self.engine {
            Engine::Postgres => "postgres",
            Engine::Spark => "spark",
            Engine::Duckdb => "duckdb",
            Engine::Snowflake => "snowflake",
            Engine::Bigquery => "bigquery",
            Engine::Redshift => "redshift",
            Engine::Synapse => "synapse",
        }
    }

    /// The engine itself.
    pub(super) fn engine(self) -> Engine {
        self.engine
    }

    /// White space as its template takes it: code points, rows of them, or one text.
    pub(super) fn blanks(self) -> String {
        let codes = BLANKS.iter();
        match self.engine {
            Engine::Snowflake => codes.map(|code| format!("({code})")).collect::<Vec<_>>().join(", "),
            // Its literals have no escape for them, and its CHR is for ASCII.
            Engine::Redshift => {
                let ascii = BLANKS.iter().filter(|code| **code < 128).map(|code| format!("CHR({code})"));
                let others = BLANKS.iter().filter(|code| **code >= 128).filter_map(|code| char::from_u32(*code));
                let others = format!("'{}'", others.collect::<String>());
                ascii.chain([others]).collect::<Vec<_>>().join(" || ")
            }
            _ => codes.map(ToString::to_string).collect::<Vec<_>>().join(", "),
        }
    }

    /// A table, with its schema in front where there is one; a name that holds dots is taken as qualified already.
    pub(super) fn table(self, schema: Option<&str>, name: &str) -> Result<String, Failure> {
        let parts = match (schema, parts(name)?) {
            (Some(schema), table) if table.len() == 1 => parts(schema)?.into_iter().chain(table).collect(),
            (_, table) => table,
        };
        if self.engine == Engine::Bigquery {
            return Ok(format!("`{}`", parts.join(".").replace('\\', "\\\\").replace('`', "\\`")));
        }
        Ok(parts.iter().map(|part| self.name(part)).collect::<Vec<_>>().join("."))
    }

    /// One name. What needs no quotation marks has none, so that it means what it means in the engine's own queries,
    /// whatever case the engine stores.
    fn name(self, name: &str) -> String {
        let plain = name.chars().enumerate().all(|(place, character)| {
            character == '_' || character.is_ascii_lowercase() || (place > 0 && character.is_ascii_digit())
                // These engines fold or ignore case; in the others capitals are part of the name.
                || (character.is_ascii_uppercase() && !matches!(self.engine, Engine::Postgres | Engine::Redshift))
        });
        if plain && !RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return name.to_owned();
        }
        match self.engine {
            Engine::Spark => format!("`{}`", name.replace('`', "``")),
            Engine::Synapse => format!("[{}]", name.replace(']', "]]")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A text as a literal.
    pub(super) fn literal(self, text: &str) -> String {
        let doubled = text.replace('\'', "''");
        match self.engine {
            // The backslash begins an escape in their literals.
            Engine::Snowflake | Engine::Redshift => format!("'{}'", doubled.replace('\\', "\\\\")),
            Engine::Bigquery | Engine::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Engine::Synapse => format!("N'{doubled}'"),
            Engine::Postgres | Engine::Duckdb => format!("'{doubled}'"),
        }
    }
}

/// Words that stand in front of a table in no engine without quotation marks.
const RESERVED: &[&str] = &[
    "all",
    "and",
    "as",
    "by",
    "case",
    "create",
    "cross",
    "default",
    "distinct",
    "else",
    "end",
    "false",
    "for",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "in",
    "inner",
    "into",
    "is",
    "join",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "partition",
    "primary",
    "right",
    "select",
    "set",
    "some",
    "table",
    "then",
    "to",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "when",
    "where",
    "window",
    "with",
];

/// The parts between the dots of a name; a part in quotation marks may hold dots.
fn parts(name: &str) -> Result<Vec<String>, Failure> {
    let wrong = || Failure::usage(format!("`{name}` is no name of a table or schema"));
    let mut parts = Vec::new();
    let mut rest = name;
    loop {
        let (part, behind) = match rest.chars().next() {
            Some(mark @ ('"' | '`')) => {
                let end = rest[1..].find(mark).ok_or_else(wrong)? + 1;
                (&rest[1..end], &rest[end + 1..])
            }
            _ => rest.split_at(rest.find('.').unwrap_or(rest.len())),
        };
        if part.is_empty() || part.chars().any(char::is_control) {
            return Err(wrong());
        }
        parts.push(part.to_owned());
        match behind.strip_prefix('.') {
            Some(more) => rest = more,
            None if behind.is_empty() => return Ok(parts),
            None => return Err(wrong()),
        }
    }
}
