#!/usr/bin/env bash
# ClickHouse takes the type of a column from the first 25,000 rows of a JSON or CSV file. Are all days among them since 1970, it is `Date`, which
# begins there, and whoever comes later and was born before becomes a child of 1 January 1970. A day after 2149 becomes 6 June 2149.
#
# Version: chdb 4.4.0, ClickHouse in a library (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: birthdates in files that are sorted, or long: half of a generation has one birthday, and nothing failed.
# Expected: an error, as for a text in that column, or `Date32`, which has the day. Here: every birthdate is read for itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check chdb==4.4.0

cat > show.py <<'END'
import json

import chdb


def read(values):
    with open("people.ndjson", "w") as file:
        file.writelines(json.dumps({"v": value}) + "\n" for value in values)
    try:
        answer = chdb.query("SELECT toTypeName(v), v FROM file('people.ndjson') GROUP BY v ORDER BY count(), v", "TSV")
    except Exception:
        return "an error"
    return "; ".join(line.replace("\t", " ") for line in answer.bytes().decode().splitlines())


for first, later in (("1990-01-02", "1948-03-01"), ("1990-01-02", "2150-01-01"), ("1990-01-02", 7), ("1990-01-02", "unknown"),
                     ("1990-01-02 10:00:00", "1948-03-01 10:00:00"), ("1990-01-02 10:00:00", "1990-01-02 10:00:00.5")):
    for rows in (24_999, 25_000):
        print(f"{first} {rows} times, then {later}: {read([first] * rows + [later])}")
END
TZ=UTC python/bin/python show.py > seen
cat seen
diff seen - <<'END'
1990-01-02 24999 times, then 1948-03-01: Nullable(DateTime64(9)) 1948-03-01 00:00:00.000000000; Nullable(DateTime64(9)) 1990-01-02 00:00:00.000000000
1990-01-02 25000 times, then 1948-03-01: Nullable(Date) 1970-01-01; Nullable(Date) 1990-01-02
1990-01-02 24999 times, then 2150-01-01: Nullable(DateTime64(9)) 2150-01-01 00:00:00.000000000; Nullable(DateTime64(9)) 1990-01-02 00:00:00.000000000
1990-01-02 25000 times, then 2150-01-01: Nullable(Date) 2149-06-06; Nullable(Date) 1990-01-02
1990-01-02 24999 times, then 7: Nullable(String) 7; Nullable(String) 1990-01-02
1990-01-02 25000 times, then 7: Nullable(Date) 1970-01-08; Nullable(Date) 1990-01-02
1990-01-02 24999 times, then unknown: Nullable(String) unknown; Nullable(String) 1990-01-02
1990-01-02 25000 times, then unknown: an error
1990-01-02 10:00:00 24999 times, then 1948-03-01 10:00:00: Nullable(DateTime64(9)) 1948-03-01 10:00:00.000000000; Nullable(DateTime64(9)) 1990-01-02 10:00:00.000000000
1990-01-02 10:00:00 25000 times, then 1948-03-01 10:00:00: Nullable(DateTime) 1970-01-01 00:00:00; Nullable(DateTime) 1990-01-02 10:00:00
1990-01-02 10:00:00 24999 times, then 1990-01-02 10:00:00.5: Nullable(DateTime64(9)) 1990-01-02 10:00:00.500000000; Nullable(DateTime64(9)) 1990-01-02 10:00:00.000000000
1990-01-02 10:00:00 25000 times, then 1990-01-02 10:00:00.5: Nullable(DateTime) 1990-01-02 10:00:00
END
