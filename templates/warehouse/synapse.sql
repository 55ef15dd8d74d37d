-- Profiles Sync -> profiles, one a line, for Azure Synapse, dedicated SQL pool.
--
-- Run it with sqlcmd, as somebody who may create external tables:
--     sqlcmd -b -I -S SERVER -d DATABASE -i unload.sql
-- It needs SELECT on {{ fill.traits }}, {{ fill.identifiers }}{% if let Some(merges) = fill.merges %} and {{ merges }}{% endif %}, and an external data
-- source named `unloaded_storage` (CREATE EXTERNAL DATA SOURCE). It writes files below {{ fill.to_comment() }}
-- there, which must not hold anything yet. Fetch them into a folder, and give that folder to
--     segment-to-voucherify transform FOLDER --values json --expect-profiles N
-- with the first of the numbers that the script prints at its end; `--partition I/N` there divides the work.
-- Limits: a row takes 1,000,000 bytes. Profiles that would need more are left out, counted, and kept in the table
-- `unloaded_wide`: read them with the Profile API (`export --ids-from`), then drop it.
-- Blanks at the end do not count when T-SQL compares, so names and ids that differ in nothing else are one.
-- `--values json` holds where texts are stored with their quotation marks; else `--values plain`.
-- Nobody has run this script on the service: it was checked against the documentation and parsed. Try it on few rows first.

SET XACT_ABORT ON;

CREATE EXTERNAL FILE FORMAT unloaded_lines WITH (
    FORMAT_TYPE = DELIMITEDTEXT,
    -- No string delimiter, and a terminator that no line holds, so that nothing is quoted.
    FORMAT_OPTIONS (FIELD_TERMINATOR = '0x01', ENCODING = 'UTF8'),
    DATA_COMPRESSION = 'org.apache.hadoop.io.compress.GzipCodec'
);

CREATE TABLE unloaded_ids WITH (DISTRIBUTION = HASH(id), HEAP) AS
SELECT id, STRING_AGG(CAST(text AS NVARCHAR(MAX)), ',') WITHIN GROUP (ORDER BY place) AS texts
FROM (
    SELECT id, '{"type":"' + STRING_ESCAPE(type, 'json') + '","id":"' + STRING_ESCAPE(value, 'json') + '"}' AS text,
        -- NULL comes first in this order, so that it is told apart.
        ROW_NUMBER() OVER (PARTITION BY id ORDER BY CASE WHEN seq IS NULL THEN 1 ELSE 0 END, seq, type, value) AS place
    FROM (
        SELECT CAST(canonical_segment_id AS NVARCHAR(256)) COLLATE Latin1_General_100_BIN2 AS id,
            CAST(type AS NVARCHAR(512)) COLLATE Latin1_General_100_BIN2 AS type,
            CAST(value AS NVARCHAR(2048)) COLLATE Latin1_General_100_BIN2 AS value, MIN(seq) AS seq
        FROM {{ fill.identifiers }}
        WHERE canonical_segment_id IS NOT NULL AND type IS NOT NULL AND value IS NOT NULL
        GROUP BY CAST(canonical_segment_id AS NVARCHAR(256)) COLLATE Latin1_General_100_BIN2,
            CAST(type AS NVARCHAR(512)) COLLATE Latin1_General_100_BIN2,
            CAST(value AS NVARCHAR(2048)) COLLATE Latin1_General_100_BIN2
    ) AS identifiers
) AS ordered
GROUP BY id;

CREATE TABLE unloaded_texts WITH (DISTRIBUTION = HASH(id), HEAP) AS
SELECT id,
    STRING_AGG('"' + CAST(STRING_ESCAPE(name, 'json') AS NVARCHAR(MAX)) + '":"' + STRING_ESCAPE(value, 'json') + '"', ',')
        WITHIN GROUP (ORDER BY name) AS texts
FROM (
    SELECT id, name, value, ROW_NUMBER() OVER (
        PARTITION BY id, name ORDER BY CASE WHEN seq IS NULL THEN 1 ELSE 0 END, seq DESC, CASE WHEN value IS NULL THEN 1 ELSE 0 END, value
    ) AS place
    FROM (
        SELECT CAST(canonical_segment_id AS NVARCHAR(256)) COLLATE Latin1_General_100_BIN2 AS id,
            CAST(name AS NVARCHAR(512)) COLLATE Latin1_General_100_BIN2 AS name,
            CAST(value AS NVARCHAR(MAX)) COLLATE Latin1_General_100_BIN2 AS value, seq
        FROM {{ fill.traits }}
        WHERE canonical_segment_id IS NOT NULL AND name IS NOT NULL
    ) AS named
) AS ranked
WHERE place = 1
GROUP BY id;

CREATE TABLE unloaded_profiles WITH (DISTRIBUTION = HASH(id), HEAP) AS
SELECT profiles.id AS id,
    '{"segment_id":"' + STRING_ESCAPE(profiles.id, 'json') + '","external_ids":[' + COALESCE(ids, '') + '],"trait_texts":{'
        + COALESCE(traits, '') + '}}' AS line
FROM (
    SELECT COALESCE(unloaded_texts.id, unloaded_ids.id) AS id, unloaded_ids.texts AS ids, unloaded_texts.texts AS traits
    FROM unloaded_texts FULL OUTER JOIN unloaded_ids ON unloaded_ids.id = unloaded_texts.id
) AS profiles{% if let Some(merges) = fill.merges %}
WHERE NOT EXISTS (
    SELECT 1 FROM (
        SELECT CAST(segment_id AS NVARCHAR(256)) COLLATE Latin1_General_100_BIN2 AS id,
            CAST(canonical_segment_id AS NVARCHAR(256)) COLLATE Latin1_General_100_BIN2 AS into_id,
            ROW_NUMBER() OVER (
                PARTITION BY segment_id ORDER BY CASE WHEN seq IS NULL THEN 1 ELSE 0 END, seq DESC, canonical_segment_id
            ) AS place
        FROM {{ merges }}
    ) AS merged
    WHERE merged.place = 1 AND merged.into_id <> merged.id AND merged.id = profiles.id
){% endif %};

-- A character of two bytes here may take three in the file.
CREATE TABLE unloaded_wide WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS
SELECT id, DATALENGTH(line) AS bytes FROM unloaded_profiles WHERE DATALENGTH(line) > 660000;

CREATE EXTERNAL TABLE unloaded_files WITH (
    LOCATION = {{ fill.to_literal() }}, DATA_SOURCE = unloaded_storage, FILE_FORMAT = unloaded_lines
) AS SELECT line FROM unloaded_profiles WHERE DATALENGTH(line) <= 660000;

SELECT COUNT(*) AS profiles_unloaded FROM unloaded_profiles WHERE DATALENGTH(line) <= 660000;
SELECT COUNT(*) AS profiles_left_out_as_too_wide FROM unloaded_wide;

DROP EXTERNAL TABLE unloaded_files;
DROP EXTERNAL FILE FORMAT unloaded_lines;
DROP TABLE unloaded_profiles;
DROP TABLE unloaded_texts;
DROP TABLE unloaded_ids;
