#!/usr/bin/env bash
# Ibis promises that an expression says the same on each engine. On Polars `length()` of a text counts bytes and on DuckDB letters, so that a
# limit of letters refuses names with accents; `nunique()` counts those who have no value as one more; 1.5 becomes the integer 1 or 2, and
# 0.5 is rounded to 0 or 1; and `find` says -1 of a name that is not known where the other says nothing.
#
# Version: ibis-framework 12.0.0 with DuckDB 2.0.1 and Polars 2.1.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: checks and counts that move from one engine to another: the number of people changes, and which of them fit.
# Expected: one answer, or an error. Here: the engines that the program writes for are asked for their own answers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check 'ibis-framework[duckdb,polars]==12.0.0' duckdb==2.0.1 polars==2.1.0 pandas==2.3.3

cat > show.py <<'END'
import ibis
import pyarrow

people = pyarrow.table({
    "name": ["Ada", "Zoë", "Łukasz", None, "Ada"], "tier": ["gold", None, "gold", None, "silver"], "points": [0.5, 1.5, 2.5, None, -1.5],
})
for name, expression in (
    ("name.length()", lambda table: table.name.length()),
    ("name.length() <= 6", lambda table: table.name.length() <= 6),
    ("tier.nunique()", lambda table: table.tier.nunique()),
    ("points.cast('int64')", lambda table: table.points.cast("int64")),
    ("points.round()", lambda table: table.points.round()),
    ("name.find('a')", lambda table: table.name.find("a")),
    ("tier.count()", lambda table: table.tier.count()),
):
    seen = {}
    for engine in (ibis.duckdb, ibis.polars):
        connection = engine.connect()
        result = connection.to_pyarrow(expression(ibis.memtable(people)))
        seen[connection.name] = result.to_pylist() if hasattr(result, "to_pylist") else result.as_py()
    print(f"{name}:", *(f"{engine} {values}" for engine, values in seen.items()), sep="  ")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
name.length():  duckdb [3, 3, 6, None, 3]  polars [3, 4, 7, None, 3]
name.length() <= 6:  duckdb [True, True, True, None, True]  polars [True, True, False, None, True]
tier.nunique():  duckdb 2  polars 3
points.cast('int64'):  duckdb [0, 2, 2, None, -2]  polars [0, 1, 2, None, -1]
points.round():  duckdb [1, 2, 3, None, -2]  polars [0, 2, 2, None, -2]
name.find('a'):  duckdb [2, -1, 3, None, 2]  polars [2, -1, 4, -1, 2]
tier.count():  duckdb 3  polars 3
END
