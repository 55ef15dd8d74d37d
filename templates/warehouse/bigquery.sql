-- Profiles Sync -> profiles, one a line, for Google BigQuery.
--
-- Run it with `bq query --use_legacy_sql=false < unload.sql`, or in the console; the tables are only read. It writes
-- files below {{ fill.to_comment() }}, which must be in the location of the dataset. Fetch them
-- (`gcloud storage cp -r`) into a folder, and give that folder to
--     segment-to-voucherify transform FOLDER --values json
-- It needs the right to read {{ fill.traits }}, {{ fill.identifiers }}{% if let Some(merges) = fill.merges %} and {{ merges }}{% endif %}, to run jobs
-- (bigquery.jobs.create, bigquery.tables.export) and to write to the bucket. Each partition is a query of its own and reads the
-- tables once, which is what BigQuery charges for.
-- Limits: 100 MB a row. Columns of the type JSON were parsed by BigQuery when they were loaded, which may have changed
-- their numbers; texts were not.
-- `--values json` holds where texts are stored with their quotation marks; else `--values plain`.
-- Nobody has run this script on the service: it was checked against the documentation and parsed. Try it on few rows first.
{% for part in fill.partitions %}
EXPORT DATA OPTIONS (
    uri = {{ part.file }}, format = 'JSON', compression = 'GZIP', overwrite = false
) AS
WITH blanks AS (
    -- What Unicode calls white space.
    SELECT CODE_POINTS_TO_STRING([{{ fill.blanks }}]) AS characters
), identifiers AS (
    SELECT CAST(canonical_segment_id AS STRING) AS id, CAST(type AS STRING) AS type, CAST(value AS STRING) AS value,
        MIN(seq) AS seq
    FROM {{ fill.identifiers }}
    WHERE canonical_segment_id IS NOT NULL AND type IS NOT NULL AND value IS NOT NULL
    GROUP BY 1, 2, 3
), ids AS (
    SELECT id,
        ARRAY_AGG(STRUCT(type, value AS id) ORDER BY seq IS NULL, seq, type, value) AS external_ids,
        ARRAY_AGG(IF(type = {{ fill.identifier }} AND TRIM(value, characters) <> '', TRIM(value, characters), NULL)
            IGNORE NULLS ORDER BY seq IS NULL, seq, value LIMIT 1)[SAFE_OFFSET(0)] AS key
    FROM identifiers CROSS JOIN blanks
    GROUP BY id
), newest AS (
    SELECT CAST(canonical_segment_id AS STRING) AS id, CAST(name AS STRING) AS name, CAST(value AS STRING) AS value
    FROM {{ fill.traits }}
    WHERE canonical_segment_id IS NOT NULL AND name IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY canonical_segment_id, name ORDER BY seq IS NULL, seq DESC, value IS NULL, CAST(value AS STRING)
    ) = 1
), traits AS (
    SELECT id,
        -- A value of NULL makes its member NULL, which the aggregate leaves out.
        CONCAT('{', IFNULL(STRING_AGG(
            IF(value IS NULL, NULL, CONCAT(TO_JSON_STRING(name), ':', TO_JSON_STRING(value))), ',' ORDER BY name), ''), '}') AS texts
    FROM newest
    GROUP BY id
){% if let Some(merges) = fill.merges %}, merged AS (
    SELECT CAST(segment_id AS STRING) AS id, CAST(canonical_segment_id AS STRING) AS into_id
    FROM {{ merges }}
    WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (PARTITION BY segment_id ORDER BY seq IS NULL, seq DESC, canonical_segment_id) = 1
){% endif %}, profiles AS (
    SELECT COALESCE(traits.id, ids.id) AS id, COALESCE(ids.key, traits.id, ids.id) AS key, external_ids, traits.texts AS traits
    FROM traits FULL OUTER JOIN ids ON ids.id = traits.id
)
SELECT profiles.id AS segment_id, external_ids, COALESCE(traits, '{}') AS trait_texts
FROM profiles{% if fill.merges.is_some() %} LEFT JOIN merged ON merged.id = profiles.id AND merged.into_id <> merged.id{% endif %}
WHERE {% if fill.merges.is_some() %}merged.id IS NULL{% else %}TRUE{% endif %}
{%- if fill.partitions.len() > 1 %}
    AND MOD(CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5(key)), 1, 7)) AS INT64), {{ fill.partitions.len() }}) = {{ part.number }}
{%- endif %}
ORDER BY segment_id;
{% endfor %}
