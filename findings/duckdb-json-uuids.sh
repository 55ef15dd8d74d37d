#!/usr/bin/env bash
# DuckDB, reading JSON lines, makes a UUID of every column of texts that look like one, and writes it in small letters. The same column of a
# CSV stays as it was.
#
# Version: duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: user ids with capitals, as .NET and SQL Server make them: a system that tells `A0EE…` from `a0ee…` gets everybody anew.
# Expected: a text of JSON is that text. Here: ids are compared and sent byte by byte.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check duckdb==2.0.1

cat > show.py <<'END'
import duckdb

ID = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"
for name, line in (("people.json", f'{{"id":"{ID}"}}'), ("people.csv", f"id,n\n{ID},1")):
    with open(name, "w") as file:
        file.write(line + "\n")
    print(ID, name, *duckdb.sql(f"SELECT typeof(id), id::VARCHAR FROM '{name}'").fetchall()[0])
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11 people.json UUID a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11
A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11 people.csv VARCHAR A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11
END
