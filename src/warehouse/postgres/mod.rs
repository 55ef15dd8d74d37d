//! Reads the tables of Profiles Sync from PostgreSQL: one snapshot, read-only, as a stream of profiles.

mod connection;

use std::fmt;

use futures_util::{Stream, StreamExt, TryStreamExt};
use serde::de::{Deserializer, MapAccess, Visitor};
use tokio_postgres::{CancelToken, Client, NoTls, Row, types::ToSql};
use tokio_postgres_rustls::MakeRustlsConnect;

use self::connection::{failure, open, tls};
use super::{
    Engine, TableNames, Unload,
    address::{Address, Encryption},
    names::Dialect,
    scripts,
};
use crate::{
    archive::{
        manifest::TablesStanding,
        trait_texts::{TextEvidence, TextsAre, append_string},
    },
    failure::Failure,
};

/// Values that are looked at to tell how texts are stored.
const SAMPLE: i64 = 10_000;

/// One database, and the tables of a space in it.
pub struct Warehouse {
    address: Address,
    tls: Option<MakeRustlsConnect>,
    client: Client,
    tables: Tables,
}

/// The tables as SQL spells them, for queries and messages.
#[derive(Debug)]
struct Tables {
    unload: Unload,
    traits: String,
    identifiers: String,
    merges: Option<String>,
}

/// One profile as the tables have it.
#[derive(Debug)]
pub struct Unloaded {
    /// Segment's id of the profile.
    pub segment_id: String,
    /// The line of an archive.
    pub line: Vec<u8>,
    /// Whether there is a row of identifiers for it.
    pub has_ids: bool,
    /// Whether there is a row of traits with a value for it.
    pub has_traits: bool,
}

/// Which profiles to read.
#[derive(Debug, Clone, Default)]
pub struct ProfilesWanted {
    /// Only those whose `segment_id` comes after this one in the order of bytes.
    pub after: Option<String>,
    /// Only the profiles with these identifiers.
    pub only: Option<Vec<String>>,
    /// At most so many.
    pub most: Option<u64>,
}

impl Warehouse {
    /// Connects; a space without a table of merges is read without it, and that is said.
    ///
    /// # Errors
    /// A server that cannot be reached or refuses, certificates that do not convince, or tables that are not there.
    pub async fn connect(address: Address, schema: Option<&str>, names: TableNames) -> Result<Self, Failure> {
        let tls = match address.encryption {
            Encryption::Never => None,
            Encryption::WherePossible | Encryption::Always => Some(tls(&address)?),
        };
        let (client, encrypted) = open(&address, tls.as_ref()).await?;
        if !encrypted && address.encryption == Encryption::WherePossible && !address.is_local() {
            tracing::warn!(
                "the connection to `{}` is not encrypted; `sslmode=require` in `WAREHOUSE_URL` insists on it",
                address.host
            );
        }
        let tls = tls.filter(|_| encrypted);
        let tables = Tables::of(schema, names)?;
        let mut warehouse = Self { address, tls, client, tables };
        warehouse.settle().await?;
        warehouse.look_for_merges().await?;
        Ok(warehouse)
    }

    /// Begins the snapshot that everything is read in, without the limits that a slow reader would run into.
    async fn settle(&self) -> Result<(), Failure> {
        let settings = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
                        SET client_min_messages = warning; \
                        SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'transaction_timeout'";
        // A query of its own: nothing may be asked before the snapshot begins.
        for sql in [settings, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"] {
            self.client.batch_execute(sql).await.map_err(|error| self.failure(&error))?;
        }
        Ok(())
    }

    async fn look_for_merges(&mut self) -> Result<(), Failure> {
        let Some(merges) = self.tables.merges.clone() else { return Ok(()) };
        let found = self.client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&merges]).await;
        let found: bool = found.and_then(|row| row.try_get(0)).map_err(|error| self.failure(&error))?;
        if !found {
            tracing::warn!(
                "there is no table `{merges}`: profiles that were merged away are told apart by Segment alone; another name is given with `--table profile_merges=NAME`"
            );
            self.tables.merges = None;
            self.tables.unload.tables.profile_merges = None;
        }
        Ok(())
    }

    /// How texts are stored, by a sample of them.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub async fn evidence(&self) -> Result<TextEvidence, Failure> {
        let sql = format!("SELECT value::text FROM {} WHERE value IS NOT NULL LIMIT {SAMPLE}", self.tables.traits);
        let rows = self.client.query(&sql, &[]).await.map_err(|error| self.failure(&error))?;
        let mut evidence = TextEvidence::default();
        for row in &rows {
            evidence.see(row.try_get(0).map_err(|error| self.failure(&error))?);
        }
        Ok(evidence)
    }

    /// What the tables hold in the snapshot that is read.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub async fn standing(&self) -> Result<TablesStanding, Failure> {
        let counts = |table: &str| format!("SELECT count(*), coalesce(max(seq), 0)::bigint FROM {table}");
        let (trait_rows, trait_seq) = self.pair(&counts(&self.tables.traits)).await?;
        let (identifier_rows, identifier_seq) = self.pair(&counts(&self.tables.identifiers)).await?;
        let merged_away = match &self.tables.merges {
            None => 0,
            Some(merges) => {
                let sql = format!(
                    "SELECT count(*), 0::bigint FROM (SELECT DISTINCT ON (segment_id) segment_id::text AS id, \
                     canonical_segment_id::text AS into_id FROM {merges} ORDER BY segment_id, seq DESC NULLS LAST, \
                     canonical_segment_id) AS moved WHERE id <> into_id AND (EXISTS (SELECT FROM {} AS t WHERE \
                     t.canonical_segment_id::text = id) OR EXISTS (SELECT FROM {} AS i WHERE i.canonical_segment_id::text = id))",
                    self.tables.traits, self.tables.identifiers
                );
                self.pair(&sql).await?.0
            }
        };
        Ok(TablesStanding { trait_rows, trait_seq, identifier_rows, identifier_seq, merged_away })
    }

    /// How many profiles the tables hold, merged ones not counted; on a connection of its own, since the first one is busy.
    ///
    /// # Errors
    /// A second connection that is refused, or a table that cannot be read.
    pub async fn profiles(&self) -> Result<u64, Failure> {
        let (client, _) = open(&self.address, self.tls.as_ref()).await?;
        let Tables { traits, identifiers, .. } = &self.tables;
        let sql = format!(
            "SELECT count(*), 0::bigint FROM (SELECT canonical_segment_id FROM {traits} UNION \
             SELECT canonical_segment_id FROM {identifiers}) AS profiles WHERE canonical_segment_id IS NOT NULL"
        );
        client.batch_execute("SET statement_timeout = 0").await.map_err(|error| self.failure(&error))?;
        let row = client.query_one(&sql, &[]).await.map_err(|error| self.failure(&error))?;
        row.try_get::<_, i64>(0).map(i64::unsigned_abs).map_err(|error| self.failure(&error))
    }

    /// The `segment_id`s that identifiers stand for, each once and in the order of their bytes, and how many stand for
    /// none.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub async fn resolve(&self, identifiers: &[String]) -> Result<(Vec<String>, u64), Failure> {
        let Tables { traits, identifiers: table, .. } = &self.tables;
        let sql = format!(
            "WITH asked AS (SELECT DISTINCT asked FROM unnest($1::text[]) AS asked), typed AS (\
               SELECT asked, split_part(asked, ':', 1) AS type, substr(asked, strpos(asked, ':') + 1) AS value FROM asked), \
             found AS (\
               SELECT asked, canonical_segment_id::text AS id FROM typed JOIN {table} AS i ON i.type::text = typed.type AND i.value::text = typed.value \
               UNION SELECT asked, asked FROM asked WHERE EXISTS (SELECT FROM {traits} AS t WHERE t.canonical_segment_id::text = asked) \
               UNION SELECT asked, asked FROM asked WHERE EXISTS (SELECT FROM {table} AS i WHERE i.canonical_segment_id::text = asked)) \
             SELECT id, 0::bigint FROM (SELECT DISTINCT id FROM found) AS ids \
             UNION ALL SELECT NULL, count(*) FROM asked WHERE NOT EXISTS (SELECT FROM found WHERE found.asked = asked.asked)"
        );
        let rows = self.client.query(&sql, &[&identifiers]).await.map_err(|error| self.failure(&error))?;
        let (mut ids, mut missing) = (Vec::new(), 0);
        for row in &rows {
            match row.try_get::<_, Option<String>>(0).map_err(|error| self.failure(&error))? {
                Some(id) => ids.push(id),
                None => missing = row.try_get::<_, i64>(1).map_err(|error| self.failure(&error))?.unsigned_abs(),
            }
        }
        ids.sort_unstable();
        Ok((ids, missing))
    }

    /// The profiles, in the order of their ids' bytes. After an error nothing more comes.
    ///
    /// # Errors
    /// A table or column that is not there, a role without rights, a server that goes away.
    pub async fn read(
        &self,
        wanted: &ProfilesWanted,
        texts: TextsAre,
    ) -> Result<impl Stream<Item = Result<Unloaded, Failure>> + '_, Failure> {
        let only = match (&wanted.after, &wanted.only) {
            (_, Some(_)) => "\n        AND canonical_segment_id::text = ANY($1::text[])",
            (Some(_), None) => "\n        AND canonical_segment_id::text COLLATE \"C\" > $1::text",
            (None, None) => "",
        };
        let mut sql = scripts::postgres_rows(&self.tables.unload, only)
            .map_err(|error| Failure::stopped("the query cannot be written").because(error))?;
        if let Some(most) = wanted.most {
            sql = format!("{sql}LIMIT {most}\n");
        }
        let parameters: Vec<&(dyn ToSql + Sync)> = match (&wanted.after, &wanted.only) {
            (_, Some(only)) => vec![only],
            (Some(after), None) => vec![after],
            (None, None) => Vec::new(),
        };
        let rows = self.client.query_raw(&sql, parameters).await.map_err(|error| self.failure(&error))?;
        Ok(rows.map_err(|error| self.failure(&error)).map(move |row| unloaded(&row?, texts)))
    }

    /// What cancels the query that is under way; a stream that is dropped would be read to its end first.
    pub async fn cancel(&self) {
        let token: CancelToken = self.client.cancel_token();
        // A server that does not take it ends with the connection.
        let _ = match &self.tls {
            Some(tls) => token.cancel_query(tls.clone()).await,
            None => token.cancel_query(NoTls).await,
        };
    }

    /// Host, port and database, without user and password.
    #[must_use]
    pub fn place(&self) -> String {
        self.address.place()
    }

    /// Whether there is a table of merges.
    #[must_use]
    pub fn knows_merges(&self) -> bool {
        self.tables.merges.is_some()
    }

    fn failure(&self, error: &tokio_postgres::Error) -> Failure {
        failure(error, &self.address, Some(&self.tables))
    }
}

impl fmt::Debug for Warehouse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Warehouse").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Tables {
    fn of(schema: Option<&str>, tables: TableNames) -> Result<Self, Failure> {
        let dialect = Dialect::of(Engine::Postgres);
        let name = |table: &str| dialect.table(schema, table);
        Ok(Self {
            traits: name(&tables.user_traits)?,
            identifiers: name(&tables.user_identifiers)?,
            merges: tables.profile_merges.as_deref().map(name).transpose()?,
            unload: Unload {
                engine: Engine::Postgres,
                schema: schema.map(str::to_owned),
                tables,
                identifier: "user_id".into(),
                partitions: 1,
                to: None,
            },
        })
    }
}

impl Warehouse {
    async fn pair(&self, sql: &str) -> Result<(u64, i64), Failure> {
        let row = self.client.query_one(sql, &[]).await.map_err(|error| self.failure(&error))?;
        let number = |place| row.try_get::<_, i64>(place).map_err(|error| self.failure(&error));
        Ok((number(0)?.unsigned_abs(), number(1)?))
    }
}

/// A row of the query as the line of an archive.
fn unloaded(row: &Row, texts: TextsAre) -> Result<Unloaded, Failure> {
    let odd = |error: tokio_postgres::Error| Failure::stopped("a row of the warehouse cannot be read").because(error);
    let head: &str = row.try_get("head").map_err(odd)?;
    let members: &str = row.try_get("texts").map_err(odd)?;
    let mut line = Vec::with_capacity(head.len() + members.len() + 16);
    line.extend_from_slice(head.as_bytes());
    line.extend_from_slice(b",\"traits\":{");
    serde_json::Deserializer::from_str(members)
        .deserialize_map(Traits { line: &mut line, texts })
        .map_err(|error| Failure::stopped("a row of the warehouse cannot be read").because(error))?;
    line.extend_from_slice(b"}}");
    Ok(Unloaded {
        segment_id: row.try_get("id").map_err(odd)?,
        line,
        has_ids: row.try_get("has_ids").map_err(odd)?,
        has_traits: row.try_get("has_traits").map_err(odd)?,
    })
}

/// Writes the members of an object of texts as traits, in their order.
struct Traits<'a> {
    line: &'a mut Vec<u8>,
    texts: TextsAre,
}

impl<'de> Visitor<'de> for Traits<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut first = true;
        while let Some((name, text)) = members.next_entry::<std::borrow::Cow<'de, str>, std::borrow::Cow<'de, str>>()? {
            let before = self.line.len();
            if !first {
                self.line.push(b',');
            }
            append_string(&name, self.line);
            self.line.push(b':');
            if self.texts.append(&text, self.line) {
                first = false;
            } else {
                self.line.truncate(before);
            }
        }
        Ok(())
    }
}
