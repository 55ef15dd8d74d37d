#!/usr/bin/env bash
# In SQL `IS NOT TRUE` is true of what is not known, which is why it exists. Polars gives NULL for it, so that the condition leaves those
# people out; so it does with `IS NOT FALSE`, while `IS TRUE` and `IS FALSE` are NULL and not false, which shows as soon as they are
# negated. `IS DISTINCT FROM` is right.
#
# Version: polars 2.1.0, duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: the list of those who have not consented: who was never asked is missing from it, and gets the mail.
# Expected: what the standard says, as in DuckDB, PostgreSQL and SQLite. Here: what is not known is told from false.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check polars==2.1.0 duckdb==2.0.1

cat > show.py <<'END'
import sqlite3

import duckdb
import polars

people = [("Ada", True), ("Bob", False), ("Eve", None)]
table = polars.SQLContext(people=polars.DataFrame(people, schema=["name", "consent"], orient="row"), eager=True)
duckdb.sql("CREATE TABLE people (name TEXT, consent BOOLEAN)")
sqlite = sqlite3.connect(":memory:")
sqlite.execute("CREATE TABLE people (name TEXT, consent BOOLEAN)")
for person in people:
    duckdb.execute("INSERT INTO people VALUES (?, ?)", person)
    sqlite.execute("INSERT INTO people VALUES (?, ?)", person)
for condition in (
    "consent IS NOT TRUE", "consent IS NOT FALSE", "NOT (consent IS TRUE)", "NOT (consent IS FALSE)", "consent IS TRUE", "consent IS DISTINCT FROM TRUE",
):
    query = f"SELECT name FROM people WHERE {condition} ORDER BY name"
    print(
        f"{condition}: Polars", *table.execute(query)["name"], "| DuckDB", *[row[0] for row in duckdb.sql(query).fetchall()],
        "| SQLite", *[row[0] for row in sqlite.execute(query)],
    )
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
consent IS NOT TRUE: Polars Bob | DuckDB Bob Eve | SQLite Bob Eve
consent IS NOT FALSE: Polars Ada | DuckDB Ada Eve | SQLite Ada Eve
NOT (consent IS TRUE): Polars Bob | DuckDB Bob Eve | SQLite Bob Eve
NOT (consent IS FALSE): Polars Ada | DuckDB Ada Eve | SQLite Ada Eve
consent IS TRUE: Polars Ada | DuckDB Ada | SQLite Ada
consent IS DISTINCT FROM TRUE: Polars Bob Eve | DuckDB Bob Eve | SQLite Bob Eve
END
