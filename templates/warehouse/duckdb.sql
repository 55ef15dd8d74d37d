-- Profiles Sync -> profiles, one a line, for DuckDB.
--
-- Run it with DuckDB's command line; the tables are only read:
{%- if fill.to.is_some() %}
--     mkdir {{ fill.shell_to() }} && duckdb -bail -readonly space.duckdb -f unload.sql
-- then
--     segment-to-voucherify transform {{ fill.shell_to() }} --values json
{%- else %}
--     set -o pipefail
--     duckdb -bail -readonly space.duckdb -f unload.sql | segment-to-voucherify transform - --values json
{%- endif %}
-- It needs {{ fill.traits }}, {{ fill.identifiers }}{% if let Some(merges) = fill.merges %} and {{ merges }}{% endif %}, attached or as views over files, and a
-- folder for temporary files where memory is short (`SET temp_directory`).
-- `--values json` holds where texts are stored with their quotation marks; else `--values plain`.
-- Run on DuckDB 2.0.1.

CREATE OR REPLACE TEMP TABLE unloaded_profiles AS
WITH blanks AS (
    -- What Unicode calls white space.
    SELECT string_agg(chr(code), '') AS characters
    FROM (SELECT unnest([{{ fill.blanks }}]) AS code)
), identifiers AS (
    SELECT CAST(canonical_segment_id AS VARCHAR) AS id, CAST(type AS VARCHAR) AS type, CAST(value AS VARCHAR) AS value,
        min(seq) AS seq
    FROM {{ fill.identifiers }}
    WHERE canonical_segment_id IS NOT NULL AND type IS NOT NULL AND value IS NOT NULL
    GROUP BY 1, 2, 3
), ids AS (
    SELECT id,
        string_agg('{"type":' || CAST(to_json(type) AS VARCHAR) || ',"id":' || CAST(to_json(value) AS VARCHAR) || '}', ','
            ORDER BY seq NULLS LAST, type, value) AS texts,
        first(trim(value, characters) ORDER BY seq NULLS LAST, value)
            FILTER (WHERE type = {{ fill.identifier }} AND trim(value, characters) <> '') AS key
    FROM identifiers CROSS JOIN blanks
    GROUP BY id
), newest AS (
    SELECT CAST(canonical_segment_id AS VARCHAR) AS id, CAST(name AS VARCHAR) AS name, CAST(value AS VARCHAR) AS value
    FROM {{ fill.traits }}
    WHERE canonical_segment_id IS NOT NULL AND name IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY canonical_segment_id, name ORDER BY seq DESC NULLS LAST, CAST(value AS VARCHAR) NULLS LAST
    ) = 1
), traits AS (
    SELECT id,
        string_agg(CAST(to_json(name) AS VARCHAR) || ':' || CAST(to_json(value) AS VARCHAR), ',' ORDER BY name)
            FILTER (WHERE value IS NOT NULL) AS texts
    FROM newest
    GROUP BY id
){% if let Some(merges) = fill.merges %}, merged AS (
    SELECT CAST(segment_id AS VARCHAR) AS id, CAST(canonical_segment_id AS VARCHAR) AS into_id
    FROM {{ merges }}
    QUALIFY row_number() OVER (PARTITION BY segment_id ORDER BY seq DESC NULLS LAST, canonical_segment_id) = 1
){% endif %}, profiles AS (
    SELECT coalesce(traits.id, ids.id) AS id, coalesce(ids.key, traits.id, ids.id) AS key,
        ids.texts AS ids, traits.texts AS traits
    FROM traits FULL JOIN ids ON ids.id = traits.id
)
SELECT id, {% if fill.partitions.len() > 1 %}CAST('0x' || left(md5(key), 7) AS BIGINT) % {{ fill.partitions.len() }}{% else %}0{% endif %} AS part,
    '{"segment_id":' || CAST(to_json(id) AS VARCHAR) || ',"external_ids":[' || coalesce(ids, '') || '],"trait_texts":{'
    || coalesce(traits, '') || '}}' AS line
FROM profiles{% if fill.merges.is_some() %}
WHERE NOT EXISTS (SELECT 1 FROM merged WHERE merged.id = profiles.id AND merged.into_id <> merged.id){% endif %};
{% for part in fill.partitions %}
COPY (SELECT line FROM unloaded_profiles WHERE part = {{ part.number }} ORDER BY id)
TO {% if fill.to.is_some() %}{{ part.file }}{% else %}'/dev/stdout'{% endif %} (FORMAT csv, HEADER false, DELIMITER E'\x01', QUOTE '', ESCAPE ''{% if fill.to.is_some() %}, COMPRESSION gzip{% endif %});
{% endfor -%}
DROP TABLE unloaded_profiles;{% if fill.to.is_some() %}
-- An empty file that says that the others are whole.
COPY (SELECT '' AS line WHERE false) TO {{ fill.success_file() }} (FORMAT csv, HEADER false);{% endif %}
