#!/usr/bin/env bash
# DuckDB writes an empty text into CSV as `""` and NULL as nothing, so that the two can be told apart, and reads both as NULL, with COPY
# into a table as well: what it has written does not come back. A column that is NOT NULL refuses the file that was written from it.
# PostgreSQL writes the same file and reads it back as it was.
#
# Version: duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: traits that were emptied on purpose: what says that a person has no phone becomes that nothing is known of it.
# Expected: what was written. Here: an empty text and nothing stay two things, in every format that knows both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check duckdb==2.0.1

cat > show.py <<'END'
import duckdb

duckdb.sql("CREATE TABLE people AS SELECT * FROM (VALUES (1, '+12125550100'), (2, ''), (3, NULL)) people(id, phone)")
duckdb.sql("COPY people TO 'people.csv'")
print("written:", open("people.csv").read().split())
print("people:", duckdb.sql("FROM people").fetchall())
print("read_csv:", duckdb.sql("FROM read_csv('people.csv', all_varchar = true)").fetchall())
duckdb.sql("CREATE TABLE copy (id INT, phone TEXT)")
duckdb.sql("COPY copy FROM 'people.csv'")
print("COPY:", duckdb.sql("FROM copy").fetchall())
duckdb.sql("CREATE TABLE strict (id INT, phone TEXT NOT NULL)")
duckdb.sql("COPY (FROM people WHERE phone IS NOT NULL) TO 'strict.csv'")
try:
    duckdb.sql("COPY strict FROM 'strict.csv'")
except duckdb.Error as error:
    print("COPY into NOT NULL:", type(error).__name__)
print("allow_quoted_nulls = false:", duckdb.sql("FROM read_csv('people.csv', allow_quoted_nulls = false)").fetchall())
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
written: ['id,phone', '1,+12125550100', '2,""', '3,']
people: [(1, '+12125550100'), (2, ''), (3, None)]
read_csv: [('1', '+12125550100'), ('2', None), ('3', None)]
COPY: [(1, '+12125550100'), (2, None), (3, None)]
COPY into NOT NULL: ConstraintException
allow_quoted_nulls = false: [(1, '+12125550100'), (2, ''), (3, None)]
END
