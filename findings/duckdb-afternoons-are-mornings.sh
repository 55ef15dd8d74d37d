#!/usr/bin/env bash
# A text that becomes a TIMESTAMP in DuckDB may have anything of letters behind it, which counts as the name of a zone and is ignored: 3:04 PM
# is 3:04 in the morning. An offset is ignored as well, +05:00 or -08:00. The same text as TIMESTAMP WITH TIME ZONE is an error for PM and
# right for the offset. It holds for columns of CSV and JSON whose type is given.
#
# Version: duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: moments of sign-ups and orders: all afternoons are mornings, and all of the world lives in Greenwich.
# Expected: 15:04, and the moment in UTC, or errors. Here: a moment is read with its offset, and other forms stay text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check duckdb==2.0.1

cat > show.py <<'END'
import json

import duckdb

duckdb.sql("SET TimeZone = 'UTC'")
for text in (
    "2020-01-02 03:04:05", "2020-01-02 03:04:05 PM", "2020-01-02 03:04:05 AM", "2020-01-02 03:04:05 Europe/Berlin",
    "2020-01-02T03:04:05+05:00", "2020-01-02T03:04:05-08:00", "2020-01-02 03:04:05PM",
):
    with open("orders.json", "w") as file:
        json.dump([{"at": text}], file)
    with open("orders.csv", "w") as file:
        file.write(f"at\n{text}\n")
    seen = []
    for query in (
        f"SELECT CAST('{text}' AS TIMESTAMP)",
        "FROM read_json('orders.json', columns = {'at': 'TIMESTAMP'})",
        "FROM read_csv('orders.csv', columns = {'at': 'TIMESTAMP'})",
        f"SELECT CAST(CAST('{text}' AS TIMESTAMPTZ) AS TEXT)",
    ):
        try:
            seen.append(str(duckdb.sql(query).fetchall()[0][0]))
        except duckdb.Error as error:
            seen.append(type(error).__name__)
    print(f"{text}: cast {seen[0]}, JSON {seen[1]}, CSV {seen[2]}, with time zone {seen[3]}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
2020-01-02 03:04:05: cast 2020-01-02 03:04:05, JSON 2020-01-02 03:04:05, CSV 2020-01-02 03:04:05, with time zone 2020-01-02 03:04:05+00
2020-01-02 03:04:05 PM: cast 2020-01-02 03:04:05, JSON 2020-01-02 03:04:05, CSV 2020-01-02 03:04:05, with time zone ConversionException
2020-01-02 03:04:05 AM: cast 2020-01-02 03:04:05, JSON 2020-01-02 03:04:05, CSV 2020-01-02 03:04:05, with time zone ConversionException
2020-01-02 03:04:05 Europe/Berlin: cast 2020-01-02 03:04:05, JSON 2020-01-02 03:04:05, CSV 2020-01-02 03:04:05, with time zone 2020-01-02 02:04:05+00
2020-01-02T03:04:05+05:00: cast 2020-01-02 03:04:05, JSON 2020-01-02 03:04:05, CSV 2020-01-02 03:04:05, with time zone 2020-01-01 22:04:05+00
2020-01-02T03:04:05-08:00: cast 2020-01-02 03:04:05, JSON 2020-01-02 03:04:05, CSV 2020-01-02 03:04:05, with time zone 2020-01-02 11:04:05+00
2020-01-02 03:04:05PM: cast ConversionException, JSON InvalidInputException, CSV ConversionException, with time zone ConversionException
END
