#!/usr/bin/env bash
# sqlglot writes SQL of one engine for another. What it writes for DuckDB runs, and says something else: Sunday is day 0, where it is 1 for
# Spark, MySQL and BigQuery, and 6 for Spark's `weekday`; 7 / 2 is 3.5 where PostgreSQL and SQL Server say 3; 1.9 becomes 2 and not 1; all
# afternoons of `to_char` are AM and each month is called Mon; half an hour over midnight is a day. No warning is logged for any of them.
#
# Version: sqlglot 30.30.0, duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: models and reports that move to another engine: vouchers go out on another day, and points are halved to fractions.
# Expected: the same answer, or a warning. Here: for each engine its own SQL is written and tried on that engine.
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
duckdb.sql("SET TimeZone = 'UTC'")
for dialect, query, right in (
    ("spark", "SELECT dayofweek(DATE'2020-01-05')", "1"),
    ("mysql", "SELECT DAYOFWEEK('2020-01-05')", "1"),
    ("bigquery", "SELECT EXTRACT(DAYOFWEEK FROM DATE '2020-01-05')", "1"),
    ("spark", "SELECT weekday(DATE'2020-01-05')", "6"),
    ("postgres", "SELECT 7 / 2", "3"),
    ("tsql", "SELECT 7 / 2", "3"),
    ("spark", "SELECT CAST(1.9 AS INT)", "1"),
    ("tsql", "SELECT CAST(1.9 AS INT)", "1"),
    ("spark", "SELECT substring('+49', 0, 2)", "+4"),
    ("postgres", "SELECT to_char(TIMESTAMP '2020-02-29 15:04:05', 'Mon DD, HH12:MI AM')", "Feb 29, 03:04 PM"),
    ("bigquery", "SELECT TIMESTAMP_DIFF(TIMESTAMP '2020-01-02 00:15:00+00', TIMESTAMP '2020-01-01 23:45:00+00', DAY)", "0"),
):
    written = sqlglot.transpile(query, read=dialect, write="duckdb")[0]
    seen = str(duckdb.sql(written).fetchall()[0][0])
    print(f"{dialect}: {query} is {right}, written {written}, is {seen}")
print("warnings:", len(warnings))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
spark: SELECT dayofweek(DATE'2020-01-05') is 1, written SELECT DAYOFWEEK(CAST('2020-01-05' AS DATE)), is 0
mysql: SELECT DAYOFWEEK('2020-01-05') is 1, written SELECT DAYOFWEEK(CAST('2020-01-05' AS DATE)), is 0
bigquery: SELECT EXTRACT(DAYOFWEEK FROM DATE '2020-01-05') is 1, written SELECT EXTRACT(DAYOFWEEK FROM CAST('2020-01-05' AS DATE)), is 0
spark: SELECT weekday(DATE'2020-01-05') is 6, written SELECT WEEKDAY(CAST('2020-01-05' AS DATE)), is 0
postgres: SELECT 7 / 2 is 3, written SELECT 7 / 2, is 3.5
tsql: SELECT 7 / 2 is 3, written SELECT 7 / 2, is 3.5
spark: SELECT CAST(1.9 AS INT) is 1, written SELECT TRY_CAST(1.9 AS INT), is 2
tsql: SELECT CAST(1.9 AS INT) is 1, written SELECT CAST(1.9 AS INT), is 2
spark: SELECT substring('+49', 0, 2) is +4, written SELECT SUBSTRING('+49', 0, 2), is +
postgres: SELECT to_char(TIMESTAMP '2020-02-29 15:04:05', 'Mon DD, HH12:MI AM') is Feb 29, 03:04 PM, written SELECT STRFTIME(CAST('2020-02-29 15:04:05' AS TIMESTAMP), 'Mon %d, %I:%M AM'), is Mon 29, 03:04 AM
bigquery: SELECT TIMESTAMP_DIFF(TIMESTAMP '2020-01-02 00:15:00+00', TIMESTAMP '2020-01-01 23:45:00+00', DAY) is 0, written SELECT DATE_DIFF('DAY', CAST('2020-01-01 23:45:00+00' AS TIMESTAMPTZ), CAST('2020-01-02 00:15:00+00' AS TIMESTAMPTZ)), is 1
warnings: 0
END
