#!/usr/bin/env bash
# polars learns the columns of JSON lines from the first 100 of them. A key that comes later is left out, without a word; a value of another type
# is an error. `read_ndjson(infer_schema_length=None)` looks at all of them.
#
# Version: polars 2.1.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: traits that not everybody has: whatever the first hundred do not have nobody has.
# Expected: an error, as for a type. Here: every line is read for itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check polars==2.1.0

cat > show.py <<'END'
import io

import polars

for before in (99, 100):
    lines = ['{"id":"a"}'] * before + ['{"id":"b","phone":"+1 212 555 0100"}']
    people = polars.read_ndjson(io.BytesIO("\n".join(lines).encode()))
    print(before, "lines before ->", people.columns, len(people), "rows")
people = polars.read_ndjson(io.BytesIO("\n".join(lines).encode()), infer_schema_length=None)
print("all looked at ->", people.columns)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
99 lines before -> ['id', 'phone'] 100 rows
100 lines before -> ['id'] 101 rows
all looked at -> ['id', 'phone']
END
