#!/usr/bin/env bash
# SQLite's operators for JSON give 1 for true and 0 for false, so that they cannot be told from numbers: `->>` of PostgreSQL, MySQL and DuckDB
# gives the text `true`. A number beyond 63 bits loses digits.
#
# Version: the sqlite3 module of Python 3.11 (SQLite 3.40 and later).   Needs: bash, Python 3.
# Hurts: traits that pass through SQLite: a boolean arrives as a number, which a schema that knows it as a boolean refuses.
# Expected: what tells true from 1, as `->` does. Here: values keep their types and digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > show.py <<'END'
import sqlite3

for json in ('{"v":true}', '{"v":1}', '{"v":false}', '{"v":12345678901234567890}'):
    print(json, *sqlite3.connect(":memory:").execute("SELECT ? ->> 'v', ? -> 'v'", (json, json)).fetchone())
END
python3 show.py > seen
cat seen
diff seen - <<'END'
{"v":true} 1 true
{"v":1} 1 1
{"v":false} 0 false
{"v":12345678901234567890} 1.2345678901234567e+19 12345678901234567890
END
