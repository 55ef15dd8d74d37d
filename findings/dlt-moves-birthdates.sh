#!/usr/bin/env bash
# Once a column of dlt holds days, a text with a time and an offset in it becomes the day that it is in Greenwich: the evening of the 28th
# of February in New York is the 1st of March, and its midnight in Berlin the 27th. A number is taken for seconds since 1970, so that
# 19900228 is the 19th of August 1970. In a column of numbers `1_000` is 1000 and a phone loses its plus. The first row decides.
#
# Version: dlt 1.31.0, duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: birthdates that came from several programs, and traits that are a number for one person and a text for another.
# Expected: the day as it is written, and a column of its own for what has another type. Here: no time zone moves a birthdate, and each
# value is read for itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check 'dlt[duckdb]==1.31.0' duckdb==2.0.1

cat > show.py <<'END'
import datetime

import dlt
import duckdb

days = [datetime.date(1990, 2, 28), "1990-02-28", "1990-02-28T23:00:00-05:00", "1990-02-28T00:00:00+01:00", 19900228]
numbers = [1, "007", "1_000", " 8 ", "+12125550100"]
for name, values in (("days", days), ("numbers", numbers)):
    pipeline = dlt.pipeline(name, destination=dlt.destinations.duckdb(f"{name}.db"), dataset_name="data")
    pipeline.run([{"id": id, "value": value} for id, value in enumerate(values)], table_name="people")
    rows = duckdb.connect(f"{name}.db").execute("SELECT value FROM data.people ORDER BY id").fetchall()
    for value, (seen,) in zip(values, rows):
        print(name, repr(value) if isinstance(value, str) else value, "->", seen)
END
RUNTIME__DLTHUB_TELEMETRY=false DLT_DATA_DIR=$folder/dlt python/bin/python show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
days 1990-02-28 -> 1990-02-28
days '1990-02-28' -> 1990-02-28
days '1990-02-28T23:00:00-05:00' -> 1990-03-01
days '1990-02-28T00:00:00+01:00' -> 1990-02-27
days 19900228 -> 1970-08-19
numbers 1 -> 1
numbers '007' -> 7
numbers '1_000' -> 1000
numbers ' 8 ' -> 8
numbers '+12125550100' -> 12125550100
END
