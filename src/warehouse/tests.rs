use super::*;
use crate::failure::Kind;

const ALL: [Engine; 7] = [
    Engine::Postgres,
    Engine::Spark,
    Engine::Duckdb,
    Engine::Snowflake,
    Engine::Bigquery,
    Engine::Redshift,
    Engine::Synapse,
];

fn unload(engine: Engine) -> Unload {
    let to = match engine {
        Engine::Postgres | Engine::Duckdb => None,
        Engine::Spark => Some("/mnt/unloaded".into()),
        Engine::Snowflake => Some("@my_stage/unloaded".into()),
        Engine::Bigquery => Some("gs://bucket/unloaded/".into()),
        Engine::Redshift => Some("s3://bucket/unloaded".into()),
        Engine::Synapse => Some("/unloaded".into()),
    };
    Unload {
        engine,
        schema: Some("profiles".into()),
        tables: TableNames::default(),
        identifier: "user_id".into(),
        partitions: 1,
        to,
    }
}

#[test]
fn every_engine_has_a_script_that_says_how_it_is_run() {
    for engine in ALL {
        let text = script(&unload(engine)).unwrap();
        for needed in ["trait_texts", "external_ids", "segment_id", "profile_merges", "segment-to-voucherify transform"]
        {
            assert!(text.contains(needed), "{engine:?} lacks {needed}\n{text}");
        }
        assert!(text.contains("Nobody has run") || text.contains("-- Run on "), "{engine:?}");
    }
}

#[test]
fn names_are_typed_as_they_are_and_quoted_where_they_must_be() {
    let names: TableName = "user_traits=User Traits".parse().unwrap();
    assert!("user_traits=".parse::<TableName>().is_err());
    let tables = TableNames::with(&[names, "profile_merges=".parse().unwrap()]);
    assert_eq!(tables.profile_merges, None);
    let shown = |engine, schema: &str| names::Dialect::of(engine).table(Some(schema), "User Traits").unwrap();
    assert_eq!(shown(Engine::Postgres, "Prod"), r#""Prod"."User Traits""#);
    assert_eq!(shown(Engine::Snowflake, "DB.Prod"), r#"DB.Prod."User Traits""#);
    assert_eq!(shown(Engine::Bigquery, "my-project.prod"), "`my-project.prod.User Traits`");
    assert_eq!(shown(Engine::Spark, "a`b"), "`a``b`.`User Traits`");
    assert_eq!(shown(Engine::Synapse, "a]b"), "[a]]b].[User Traits]");
    for schema in ["a\nDROP TABLE b", "a..b", "\"a", ""] {
        let refused = script(&Unload { schema: Some(schema.into()), ..unload(Engine::Postgres) }).unwrap_err();
        assert_eq!(
            (refused.kind, refused.message),
            (Kind::Usage, format!("`{schema}` is no name of a table or schema"))
        );
    }
}
