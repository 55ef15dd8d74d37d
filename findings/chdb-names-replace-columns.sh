#!/usr/bin/env bash
# In ClickHouse a name that a query gives with AS takes the place of a column of the same name everywhere in the query, in other
# columns of the result as well as in WHERE. To swap phone and mobile changes nothing, the original beside `lower(email) AS email` is in small
# letters as well, and `WHERE email = 'Ada@example.org'` finds nobody then. `prefer_column_name_to_alias = 1` asks for what SQL says.
#
# Version: chdb 4.4.0, ClickHouse in a library, duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: queries that rename and clean columns on their way: columns that were mixed up stay so, and people are not found.
# Expected: what SQL says: names of the result are not known within. Here: a mapping reads the profile as it came.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check chdb==4.4.0 duckdb==2.0.1

cat > show.py <<'END'
import json

import chdb
import duckdb

people = "(SELECT 'Ada@Example.org' AS email, '+12125550100' AS phone, '+442079460958' AS mobile, 70 AS points) AS people"
for query in (
    f"SELECT mobile AS phone, phone AS mobile FROM {people}",
    f"SELECT lower(email) AS email, email AS original FROM {people}",
    f"SELECT lower(email) AS email FROM {people} WHERE email = 'Ada@Example.org'",
    f"SELECT points + 10 AS points, points AS before FROM {people} WHERE points < 75",
):
    print(query.replace(people, "people"))
    for name, seen in (
        ("ClickHouse", json.loads(str(chdb.query(query, "JSON")))["data"]),
        ("with the setting", json.loads(str(chdb.query(f"{query} SETTINGS prefer_column_name_to_alias = 1", "JSON")))["data"]),
        ("DuckDB", duckdb.sql(query).fetchall()),
    ):
        print(f"    {name}:", *[" ".join(map(str, row.values() if isinstance(row, dict) else row)) for row in seen] or ["nobody"])
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
SELECT mobile AS phone, phone AS mobile FROM people
    ClickHouse: +12125550100 +442079460958
    with the setting: +442079460958 +12125550100
    DuckDB: +442079460958 +12125550100
SELECT lower(email) AS email, email AS original FROM people
    ClickHouse: ada@example.org ada@example.org
    with the setting: ada@example.org Ada@Example.org
    DuckDB: ada@example.org Ada@Example.org
SELECT lower(email) AS email FROM people WHERE email = 'Ada@Example.org'
    ClickHouse: nobody
    with the setting: ada@example.org
    DuckDB: ada@example.org
SELECT points + 10 AS points, points AS before FROM people WHERE points < 75
    ClickHouse: nobody
    with the setting: 80 70
    DuckDB: 80 70
END
