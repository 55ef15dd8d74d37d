-- Profiles Sync -> profiles, one a line, for Snowflake.
--
-- Run it with `snowsql -f unload.sql -o exit_on_error=true`, or in a worksheet; the tables are only read, and a
-- temporary table that ends with the session is made. It writes files below {{ fill.to_comment() }}
-- Fetch them (`GET` from a stage, or the tool of your storage) into a folder, and give that folder to
--     segment-to-voucherify transform FOLDER --values json
-- It needs SELECT on {{ fill.traits }}, {{ fill.identifiers }}{% if let Some(merges) = fill.merges %} and {{ merges }}{% endif %}, a schema in use in which a
-- temporary table may be made, and a warehouse that runs.
-- Limits: a line of more than 128 MB (16 MB on accounts from before the larger size) ends the statement with an error.
-- `--values json` holds where texts are stored with their quotation marks; else `--values plain`.
-- Nobody has run this script on the service: it was checked against the documentation and parsed. Try it on few rows first.

CREATE OR REPLACE TEMPORARY TABLE unloaded_profiles AS
WITH blanks AS (
    -- What Unicode calls white space.
    SELECT LISTAGG(CHR(code), '') AS characters
    FROM (SELECT column1 AS code FROM VALUES {{ fill.blanks }})
), identifiers AS (
    SELECT canonical_segment_id::VARCHAR AS id, type::VARCHAR AS type, value::VARCHAR AS value, MIN(seq) AS seq
    FROM {{ fill.identifiers }}
    WHERE canonical_segment_id IS NOT NULL AND type IS NOT NULL AND value IS NOT NULL
    GROUP BY 1, 2, 3
), keyed AS (
    SELECT id, TRIM(value, characters) AS key
    FROM identifiers CROSS JOIN blanks
    WHERE type = {{ fill.identifier }} AND TRIM(value, characters) <> ''
    QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq ASC NULLS LAST, value) = 1
), ids AS (
    SELECT id,
        LISTAGG('{"type":"' || {{ fill.json("type") }}
            || '","id":"' || {{ fill.json("value") }} || '"}', ',')
            WITHIN GROUP (ORDER BY seq ASC NULLS LAST, type, value) AS texts
    FROM identifiers
    GROUP BY id
), newest AS (
    SELECT canonical_segment_id::VARCHAR AS id, name::VARCHAR AS name, value::VARCHAR AS value
    FROM {{ fill.traits }}
    WHERE canonical_segment_id IS NOT NULL AND name IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY canonical_segment_id, name ORDER BY seq DESC NULLS LAST, value::VARCHAR ASC NULLS LAST
    ) = 1
), traits AS (
    SELECT id,
        -- A value of NULL makes its member NULL, which the aggregate leaves out.
        LISTAGG('"' || {{ fill.json("name") }}
            || '":"' || {{ fill.json("value") }} || '"', ',') WITHIN GROUP (ORDER BY name) AS texts
    FROM newest
    GROUP BY id
){% if let Some(merges) = fill.merges %}, merged AS (
    SELECT segment_id::VARCHAR AS id, canonical_segment_id::VARCHAR AS into_id
    FROM {{ merges }}
    QUALIFY ROW_NUMBER() OVER (PARTITION BY segment_id ORDER BY seq DESC NULLS LAST, canonical_segment_id) = 1
){% endif %}, profiles AS (
    SELECT COALESCE(traits.id, ids.id) AS id, ids.texts AS ids, traits.texts AS traits
    FROM traits FULL OUTER JOIN ids ON ids.id = traits.id
)
SELECT profiles.id AS id,
    {% if fill.partitions.len() > 1 %}MOD(TO_NUMBER(LEFT(MD5(COALESCE(keyed.key, profiles.id)), 7), 'XXXXXXX'), {{ fill.partitions.len() }}){% else %}0{% endif %} AS part,
    '{"segment_id":"' || {{ fill.json("profiles.id") }}
        || '","external_ids":[' || COALESCE(ids, '') || '],"trait_texts":{'
    || COALESCE(traits, '') || '}}' AS line
FROM profiles LEFT JOIN keyed ON keyed.id = profiles.id{% if fill.merges.is_some() %}
WHERE NOT EXISTS (SELECT 1 FROM merged WHERE merged.id = profiles.id AND merged.into_id <> merged.id){% endif %};
{% for part in fill.partitions %}
COPY INTO {{ part.stage }}
FROM (SELECT line FROM unloaded_profiles WHERE part = {{ part.number }} ORDER BY id)
-- The escape characters are named, since the one for unenclosed fields is a backslash unless told otherwise.
FILE_FORMAT = (TYPE = CSV COMPRESSION = GZIP FIELD_DELIMITER = NONE ESCAPE = NONE ESCAPE_UNENCLOSED_FIELD = NONE
    FIELD_OPTIONALLY_ENCLOSED_BY = NONE EMPTY_FIELD_AS_NULL = FALSE)
HEADER = FALSE OVERWRITE = FALSE;
{% endfor %}
