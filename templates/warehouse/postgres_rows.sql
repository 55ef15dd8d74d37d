{%- include "warehouse/postgres_profiles.sql" %}
SELECT id, ids IS NOT NULL AS has_ids, traits IS NOT NULL AS has_traits,
    '{"segment_id":' || to_json(id)::text || ',"external_ids":[' || coalesce(ids, '') || ']' AS head,
    '{' || coalesce(traits, '') || '}' AS texts
FROM profiles
{% if fill.merges.is_some() %}WHERE NOT EXISTS (SELECT FROM merged WHERE merged.id = profiles.id AND merged.into_id <> merged.id)
{% endif %}ORDER BY id COLLATE "C"
