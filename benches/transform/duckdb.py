"""The same mapping in DuckDB: gzipped NDJSON in, gzipped JSON out, two threads. For comparison only.

Usage: python3 duckdb.py OUTPUT FILE...
"""

import sys

# This file's own name must not shadow the library.
sys.path.pop(0)
import duckdb  # noqa: E402

output, *files = sys.argv[1:]
names = ", ".join(f"'{file}'" for file in files)
connection = duckdb.connect()
connection.execute("set threads = 2")
connection.execute("set preserve_insertion_order = false")
connection.execute(f"""
copy (
    select
        list_filter(external_ids, lambda item: item->>'type' = 'user_id')[1]->>'id' as source_id,
        coalesce(traits->>'$.name', concat_ws(' ',
            coalesce(traits->>'$.firstName', traits->>'$.first_name'),
            coalesce(traits->>'$.lastName', traits->>'$.last_name'))) as name,
        traits->>'$.description' as description,
        traits->>'$.email' as email,
        traits->>'$.phone' as phone,
        coalesce(traits->>'$.birthdate', traits->>'$.birthday') as birthdate,
        {{
            'city': coalesce(traits->>'$.address.city', traits->>'$.city'),
            'state': coalesce(traits->>'$.address.state', traits->>'$.state'),
            'line_1': coalesce(traits->>'$.address.street', traits->>'$.street'),
            'country': coalesce(traits->>'$.address.country', traits->>'$.country'),
            'postal_code': coalesce(traits->>'$.address.postalCode', traits->>'$.address.postal_code')
        }} as address,
        traits->'$.metadata' as metadata,
        {{'source': 'segmentio'}} as system_metadata
    from read_json([{names}], format = 'newline_delimited', compression = 'gzip',
        columns = {{segment_id: 'varchar', external_ids: 'json[]', traits: 'json'}})
    where source_id is not null
) to '{output}' (format json, array true, compression gzip)
""")
