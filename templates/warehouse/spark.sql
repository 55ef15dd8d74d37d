-- Profiles Sync -> profiles, one a line, for Spark SQL, Databricks included.
--
-- Run it with `spark-sql -f unload.sql`, or paste it into a notebook that takes SQL; the tables are only read. It writes
-- {{ fill.to_comment() }}, which must not hold anything yet (a second run adds to it). Then, where that folder can be reached:
--     segment-to-voucherify transform {{ fill.shell_to() }} --values json
-- It needs {{ fill.traits }}, {{ fill.identifiers }}{% if let Some(merges) = fill.merges %} and {{ merges }}{% endif %}, and the right to create a
-- table over that folder, which is dropped at the end; its files stay.
-- `--values json` holds where texts are stored with their quotation marks; else `--values plain`.
-- `name` and `value` have to be columns of text: a VARIANT has changed its numbers already.
-- Run on Spark 4.3.0, and its query on 4.0.2, too. Where many machines share the work, `engines/spark` makes batches in the same job.

-- One row a profile, with its partition and its line.
-- Texts are compared by their bytes, whatever the collation of their columns. `decode` ends with an error at what is not
-- UTF-8: `to_json` would write another character for it without a word, and the MD5 would be that of other bytes.
CREATE OR REPLACE TEMPORARY VIEW profiles_to_unload AS
WITH blanks AS (
    -- What Unicode calls white space.
    SELECT decode(unhex('090A0B0C0D20C285C2A0E19A80E28080E28081E28082E28083E28084E28085E28086E28087E28088E28089E2808AE280A8E280A9E280AFE2819FE38080'), 'UTF-8') AS characters
), identifier_rows AS (
    SELECT decode(binary(string(canonical_segment_id)), 'UTF-8') AS id, decode(binary(string(type)), 'UTF-8') AS type,
        decode(binary(string(value)), 'UTF-8') AS value, seq
    FROM {{ fill.identifiers }}
    WHERE canonical_segment_id IS NOT NULL AND type IS NOT NULL AND value IS NOT NULL
), identifiers AS (
    SELECT id, type, value, min(seq) AS seq FROM identifier_rows GROUP BY id, type, value
), ordered AS (
    SELECT id,
        sort_array(collect_list(struct(seq IS NULL AS last, seq, type, value, trim(BOTH characters FROM value) AS trimmed))) AS list
    FROM identifiers CROSS JOIN blanks
    GROUP BY id
), ids AS (
    SELECT id,
        to_json(transform(list, item -> struct(item.type AS type, item.value AS id))) AS texts,
        get(filter(list, item -> item.type = {{ fill.identifier }} AND item.trimmed <> ''), 0).trimmed AS key
    FROM ordered
), trait_rows AS (
    SELECT decode(binary(string(canonical_segment_id)), 'UTF-8') AS id, decode(binary(string(name)), 'UTF-8') AS name,
        decode(binary(string(value)), 'UTF-8') AS value, seq
    FROM {{ fill.traits }}
    WHERE canonical_segment_id IS NOT NULL AND name IS NOT NULL
), ranked AS (
    SELECT id, name, value,
        row_number() OVER (PARTITION BY id, name ORDER BY seq DESC NULLS LAST, value ASC NULLS LAST) AS place
    FROM trait_rows
), traits AS (
    SELECT id,
        to_json(map_from_entries(sort_array(collect_list(CASE WHEN value IS NOT NULL THEN struct(name, value) END)))) AS texts
    FROM ranked
    WHERE place = 1
    GROUP BY id
){% if let Some(merges) = fill.merges %}, merge_rows AS (
    SELECT decode(binary(string(segment_id)), 'UTF-8') AS id, decode(binary(string(canonical_segment_id)), 'UTF-8') AS into_id, seq
    FROM {{ merges }}
), moves AS (
    SELECT id, into_id, row_number() OVER (PARTITION BY id ORDER BY seq DESC NULLS LAST, into_id) AS place
    FROM merge_rows
), merged AS (
    SELECT id FROM moves WHERE place = 1 AND into_id <> id
){% endif %}, profiles AS (
    SELECT coalesce(traits.id, ids.id) AS id, coalesce(ids.key, traits.id, ids.id) AS key,
        ids.texts AS ids, traits.texts AS traits
    FROM traits FULL JOIN ids ON ids.id = traits.id
), lines AS (
    SELECT profiles.id,
        {% if fill.partitions.len() > 1 %}int(conv(left(md5(key), 7), 16, 10)) % {{ fill.partitions.len() }}{% else %}0{% endif %} AS part,
        -- A text alone is escaped as the only member of a list.
        concat('{"segment_id":', substring(to_json(array(profiles.id)), 2, length(to_json(array(profiles.id))) - 2),
            ',"external_ids":', coalesce(ids, '[]'), ',"trait_texts":', coalesce(traits, '{}'), '}') AS line
    FROM profiles{% if fill.merges.is_some() %} LEFT ANTI JOIN merged ON merged.id = profiles.id{% endif %}
)
SELECT id, part, line FROM lines;

-- A number of partitions that was asked for stays one.
SET spark.sql.adaptive.enabled = false;
SET spark.sql.shuffle.partitions = {{ fill.partitions.len() }};

CREATE TABLE unloaded_profiles (line STRING, part INT)
USING text OPTIONS (compression 'gzip')
PARTITIONED BY (part)
LOCATION {{ fill.to_literal() }};

INSERT INTO unloaded_profiles
SELECT line, part FROM (SELECT * FROM profiles_to_unload DISTRIBUTE BY part SORT BY part, id);

DROP TABLE unloaded_profiles;
