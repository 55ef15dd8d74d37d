-- Profiles Sync -> profiles, one a line, for PostgreSQL.
--
-- Run it with psql; nothing is written to the database, and a read-only role or a standby will do:
{%- if fill.to.is_some() %}
--     mkdir {{ fill.shell_to() }} && psql -X -q "$WAREHOUSE_URL" -f unload.sql
-- then
--     segment-to-voucherify transform {{ fill.shell_to() }} --values json
{%- else %}
--     set -o pipefail
--     psql -X -q "$WAREHOUSE_URL" -f unload.sql | segment-to-voucherify transform - --values json
{%- endif %}
-- It needs SELECT on {{ fill.traits }}, {{ fill.identifiers }}{% if let Some(merges) = fill.merges %} and {{ merges }}{% endif %}, and room for sorts in the
-- server's temporary files.{% if fill.partitions.len() > 1 %} Each of the {{ fill.partitions.len() }} partitions reads the tables once.{% endif %}
-- `--values json` holds where texts are stored with their quotation marks; else `--values plain`.
-- Run on PostgreSQL 15.18.

\set ON_ERROR_STOP on
\set QUIET on
SET client_encoding = 'UTF8';
SET statement_timeout = 0;
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
{% for part in fill.partitions %}
{%- if fill.to.is_some() %}
\o {{ part.psql_file }}
{%- endif %}
COPY (
{% include "warehouse/postgres_profiles.sql" %}
SELECT '{"segment_id":' || to_json(id)::text || ',"external_ids":[' || coalesce(ids, '') || '],"trait_texts":{'
    || coalesce(traits, '') || '}}'
FROM profiles
WHERE {% if fill.merges.is_some() %}NOT EXISTS (SELECT FROM merged WHERE merged.id = profiles.id AND merged.into_id <> merged.id){% else %}true{% endif %}
{%- if fill.partitions.len() > 1 %}
    AND ('x' || left(md5(convert_to(key, 'UTF8')), 7))::bit(28)::int % {{ fill.partitions.len() }} = {{ part.number }}
{%- endif %}
ORDER BY id COLLATE "C"
) TO STDOUT WITH (FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01', ESCAPE E'\x01');
{% endfor %}
{%- if fill.to.is_some() %}\o
{% endif -%}
COMMIT;
{%- if fill.to.is_some() %}
-- An empty file that says that the others are whole.
\o {{ fill.psql_success_file() }}
\o
{% endif -%}
