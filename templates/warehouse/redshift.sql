-- Profiles Sync -> profiles, one a line, for Amazon Redshift.
--
-- Run it with psql, with the right to read the tables and temporary tables of its own:
--     psql -X -v ON_ERROR_STOP=1 -v role=ARN_OF_A_ROLE_THAT_MAY_WRITE "$REDSHIFT_URL" -f unload.sql
-- It writes files below {{ fill.to_comment() }}. Fetch them (`aws s3 cp --recursive`) into a folder,
-- and give that folder to
--     segment-to-voucherify transform FOLDER --values json --expect-profiles N
-- with the first of the numbers that the script prints at its end.
-- It needs SELECT on {{ fill.traits }}, {{ fill.identifiers }}{% if let Some(merges) = fill.merges %} and {{ merges }}{% endif %}.
-- Limits: Redshift builds no text of more than 65,535 bytes. Profiles that would need more are left out, counted, and kept in
-- the temporary table `unloaded_wide` until the session ends: read them with the Profile API (`export --ids-from`).
-- Blanks at the end do not count when Redshift compares, so names and ids that differ in nothing else are one.
-- `--values json` holds where texts are stored with their quotation marks; else `--values plain`.
-- Nobody has run this script on the service: it was checked against the documentation and parsed. Try it on few rows first.

CREATE TEMP TABLE unloaded_identifiers AS
SELECT id, seq, type, value, BTRIM(value, {{ fill.blanks }}) AS trimmed,
    '{"type":"' || {{ fill.json("type") }}
        || '","id":"' || {{ fill.json("value") }} || '"}' AS text
FROM (
    SELECT canonical_segment_id::VARCHAR(256) AS id, type::VARCHAR(1024) AS type, value::VARCHAR(16384) AS value, MIN(seq) AS seq
    FROM {{ fill.identifiers }}
    WHERE canonical_segment_id IS NOT NULL AND type IS NOT NULL AND value IS NOT NULL
    GROUP BY 1, 2, 3
);

CREATE TEMP TABLE unloaded_traits AS
SELECT id, name, CASE WHEN value IS NOT NULL THEN '"' || {{ fill.json("name") }}
        || '":"' || {{ fill.json("value") }} || '"' END AS text
FROM (
    SELECT canonical_segment_id::VARCHAR(256) AS id, name::VARCHAR(1024) AS name, value,
        ROW_NUMBER() OVER (PARTITION BY canonical_segment_id, name ORDER BY seq DESC NULLS LAST, value ASC NULLS LAST) AS place
    FROM {{ fill.traits }}
    WHERE canonical_segment_id IS NOT NULL AND name IS NOT NULL
)
WHERE place = 1;

CREATE TEMP TABLE unloaded_wide AS
SELECT id, SUM(bytes) AS bytes
FROM (
    SELECT id, OCTET_LENGTH(text) + 1 AS bytes FROM unloaded_identifiers
    UNION ALL SELECT id, OCTET_LENGTH(text) + 1 FROM unloaded_traits WHERE text IS NOT NULL
)
GROUP BY id
HAVING SUM(bytes) > 64000;

-- Lists of one statement must have one order, so each has a statement of its own.
CREATE TEMP TABLE unloaded_ids AS
SELECT id, LISTAGG(text, ',') WITHIN GROUP (ORDER BY seq NULLS LAST, type, value) AS texts
FROM unloaded_identifiers
WHERE id NOT IN (SELECT id FROM unloaded_wide)
GROUP BY id;

CREATE TEMP TABLE unloaded_texts AS
SELECT id, LISTAGG(text, ',') WITHIN GROUP (ORDER BY name) AS texts
FROM unloaded_traits
WHERE id NOT IN (SELECT id FROM unloaded_wide)
GROUP BY id;

CREATE TEMP TABLE unloaded_keys AS
SELECT id, trimmed AS key
FROM (
    SELECT id, trimmed, ROW_NUMBER() OVER (PARTITION BY id ORDER BY seq ASC NULLS LAST, value) AS place
    FROM unloaded_identifiers
    WHERE type = {{ fill.identifier }} AND trimmed <> ''
)
WHERE place = 1;
{% if let Some(merges) = fill.merges %}
CREATE TEMP TABLE unloaded_merged AS
SELECT id
FROM (
    SELECT segment_id::VARCHAR(256) AS id, canonical_segment_id::VARCHAR(256) AS into_id,
        ROW_NUMBER() OVER (PARTITION BY segment_id ORDER BY seq DESC NULLS LAST, canonical_segment_id) AS place
    FROM {{ merges }}
    WHERE segment_id IS NOT NULL
)
WHERE place = 1 AND into_id <> id;
{% endif %}
CREATE TEMP TABLE unloaded_profiles AS
SELECT profiles.id AS id,
    {% if fill.partitions.len() > 1 %}MOD(STRTOL(LEFT(MD5(COALESCE(unloaded_keys.key, profiles.id)), 7), 16), {{ fill.partitions.len() }}){% else %}0{% endif %} AS part,
    '{"segment_id":"' || {{ fill.json("profiles.id") }}
        || '","external_ids":[' || COALESCE(ids, '') || '],"trait_texts":{' || COALESCE(traits, '') || '}}' AS line
FROM (
    SELECT COALESCE(unloaded_texts.id, unloaded_ids.id) AS id, unloaded_ids.texts AS ids, unloaded_texts.texts AS traits
    FROM unloaded_texts FULL OUTER JOIN unloaded_ids ON unloaded_ids.id = unloaded_texts.id
) AS profiles
LEFT JOIN unloaded_keys ON unloaded_keys.id = profiles.id{% if fill.merges.is_some() %}
WHERE profiles.id NOT IN (SELECT id FROM unloaded_merged){% endif %};
{% for part in fill.partitions %}
UNLOAD ('SELECT line FROM unloaded_profiles WHERE part = {{ part.number }} ORDER BY id')
TO {{ part.file }}
IAM_ROLE :'role'
-- Without ESCAPE and ADDQUOTES: both would put marks into the JSON.
DELIMITER '\001' GZIP PARALLEL OFF;
{% endfor %}
SELECT COUNT(*) AS profiles_unloaded FROM unloaded_profiles;
SELECT COUNT(*) AS profiles_left_out_as_too_wide FROM unloaded_wide{% if fill.merges.is_some() %} WHERE id NOT IN (SELECT id FROM unloaded_merged){% endif %};
