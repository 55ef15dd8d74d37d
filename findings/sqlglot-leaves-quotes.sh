#!/usr/bin/env bash
# The usual way to take a text out of JSON in Snowflake is `traits:email::VARCHAR`. sqlglot writes it for DuckDB as a cast of the JSON value to
# text, which has the quotes of JSON around it, and the word null for nothing. A condition that compares it finds nobody, and who has null is
# counted. No warning is logged. The same with GET_PATH; JSON_EXTRACT_PATH_TEXT is right.
#
# Version: sqlglot 30.30.0, duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: models over events in JSON that are moved or tested with DuckDB: "ada@example.org", with quotes, is sent on as an address.
# Expected: the text, and NULL. Here: the text of a member is its text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check sqlglot==30.30.0 duckdb==2.0.1

cat > show.py <<'END'
import logging

import duckdb
import sqlglot

warnings = []
logging.getLogger("sqlglot").addHandler(type("Handler", (logging.Handler,), {"emit": lambda self, record: warnings.append(record)})())
duckdb.sql("""CREATE TABLE people AS SELECT * FROM (VALUES
    (1, '{"email": "ada@example.org", "address": {"city": "Bath"}}'::JSON), (2, '{"email": null}'), (3, '{}')
) people(id, traits)""")
for query in (
    "SELECT id, traits:email::VARCHAR AS email FROM people ORDER BY id",
    "SELECT id, GET_PATH(traits, 'address.city')::STRING AS city FROM people ORDER BY id",
    "SELECT id, JSON_EXTRACT_PATH_TEXT(traits, 'email') AS email FROM people ORDER BY id",
    "SELECT COUNT(*) FROM people WHERE traits:email::VARCHAR = 'ada@example.org'",
    "SELECT COUNT(traits:email::VARCHAR) FROM people",
):
    written = sqlglot.transpile(query, read="snowflake", write="duckdb")[0]
    print(f"{query}\n    {written}\n    {duckdb.sql(written).fetchall()}")
print("warnings:", len(warnings))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
SELECT id, traits:email::VARCHAR AS email FROM people ORDER BY id
    SELECT id, CAST(traits -> '$.email' AS TEXT) AS email FROM people ORDER BY id
    [(1, '"ada@example.org"'), (2, 'null'), (3, None)]
SELECT id, GET_PATH(traits, 'address.city')::STRING AS city FROM people ORDER BY id
    SELECT id, CAST(traits -> '$.address.city' AS TEXT) AS city FROM people ORDER BY id
    [(1, '"Bath"'), (2, None), (3, None)]
SELECT id, JSON_EXTRACT_PATH_TEXT(traits, 'email') AS email FROM people ORDER BY id
    SELECT id, traits ->> '$.email' AS email FROM people ORDER BY id
    [(1, 'ada@example.org'), (2, None), (3, None)]
SELECT COUNT(*) FROM people WHERE traits:email::VARCHAR = 'ada@example.org'
    SELECT COUNT(*) FROM people WHERE CAST(traits -> '$.email' AS TEXT) = 'ada@example.org'
    [(0,)]
SELECT COUNT(traits:email::VARCHAR) FROM people
    SELECT COUNT(CAST(traits -> '$.email' AS TEXT)) FROM people
    [(2,)]
warnings: 0
END
