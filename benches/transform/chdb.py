"""The same mapping in ClickHouse, by chDB: gzipped NDJSON in, gzipped NDJSON out, two threads. For comparison only.

Usage: python3 chdb.py OUTPUT FILE...
"""

import os
import sys

# This file's own name must not shadow the library.
sys.path.pop(0)
import chdb  # noqa: E402

output, *files = map(os.path.abspath, sys.argv[1:])
folder = os.path.commonpath([os.path.dirname(file) for file in files])
names = ",".join(os.path.relpath(file, folder) for file in files)
source = f"{folder}/{{{names}}}" if len(files) > 1 else files[0]


def text(*path):
    keys = ", ".join(f"'{key}'" for key in path)
    return f"JSONExtract(traits, {keys}, 'Nullable(String)')"


if os.path.exists(output):
    os.remove(output)
chdb.query(f"""
insert into function file('{output}', 'JSONEachRow', 'auto', 'gzip')
with
    JSONExtractRaw(line, 'traits') as traits,
    arrayFirst(item -> JSONExtractString(item, 'type') = 'user_id', JSONExtractArrayRaw(line, 'external_ids')) as identity
select
    JSONExtractString(identity, 'id') as source_id,
    coalesce({text('name')}, concat_ws(' ',
        coalesce({text('firstName')}, {text('first_name')}, ''), coalesce({text('lastName')}, {text('last_name')}, ''))) as name,
    {text('description')} as description,
    {text('email')} as email,
    {text('phone')} as phone,
    coalesce({text('birthdate')}, {text('birthday')}) as birthdate,
    coalesce({text('address', 'city')}, {text('city')}) as city,
    coalesce({text('address', 'state')}, {text('state')}) as state,
    coalesce({text('address', 'street')}, {text('street')}) as line_1,
    coalesce({text('address', 'country')}, {text('country')}) as country,
    coalesce({text('address', 'postalCode')}, {text('address', 'postal_code')}) as postal_code,
    JSONExtractRaw(traits, 'metadata') as metadata,
    '{{"source":"segmentio"}}' as system_metadata
from file('{source}', 'LineAsString', 'line String', 'gzip')
where source_id != ''
settings max_threads = 2, max_insert_threads = 1, engine_file_truncate_on_insert = 1
""")
