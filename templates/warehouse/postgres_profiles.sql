WITH blanks AS (
    -- What Unicode calls white space, as far as the database's encoding has it.
    SELECT string_agg(chr(code), '') AS characters
    FROM unnest(ARRAY[{{ fill.blanks }}]) AS code
    WHERE code < 128 OR current_setting('server_encoding') = 'UTF8'
        OR (code < 256 AND current_setting('server_encoding') LIKE 'LATIN%')
), identifiers AS (
    SELECT canonical_segment_id::text AS id, type::text AS type, value::text AS value, min(seq) AS seq
    FROM {{ fill.identifiers }}
    WHERE canonical_segment_id IS NOT NULL AND type IS NOT NULL AND value IS NOT NULL{{ fill.only }}
    GROUP BY 1, 2, 3
), ids AS (
    SELECT id,
        string_agg('{"type":' || to_json(type)::text || ',"id":' || to_json(value)::text || '}', ','
            ORDER BY seq NULLS LAST, type COLLATE "C", value COLLATE "C") AS texts,
        (array_agg(btrim(value, characters) ORDER BY seq NULLS LAST, value COLLATE "C")
            FILTER (WHERE type = {{ fill.identifier }} AND btrim(value, characters) <> ''))[1] AS key
    FROM identifiers CROSS JOIN blanks
    GROUP BY id
), newest AS (
    SELECT DISTINCT ON (canonical_segment_id::text COLLATE "C", name::text COLLATE "C")
        canonical_segment_id::text AS id, name::text AS name, value::text AS value
    FROM {{ fill.traits }}
    WHERE canonical_segment_id IS NOT NULL AND name IS NOT NULL{{ fill.only }}
    ORDER BY canonical_segment_id::text COLLATE "C", name::text COLLATE "C", seq DESC NULLS LAST,
        value::text COLLATE "C" NULLS LAST
), traits AS (
    SELECT id,
        string_agg(to_json(name)::text || ':' || to_json(value)::text, ',' ORDER BY name COLLATE "C")
            FILTER (WHERE value IS NOT NULL) AS texts
    FROM newest
    GROUP BY id
){% if let Some(merges) = fill.merges %}, merged AS (
    SELECT DISTINCT ON (segment_id) segment_id::text AS id, canonical_segment_id::text AS into_id
    FROM {{ merges }}
    ORDER BY segment_id, seq DESC NULLS LAST, canonical_segment_id
){% endif %}, profiles AS (
    SELECT coalesce(traits.id, ids.id) AS id, coalesce(ids.key, traits.id, ids.id) AS key,
        ids.texts AS ids, traits.texts AS traits
    FROM traits FULL JOIN ids ON ids.id = traits.id
)
