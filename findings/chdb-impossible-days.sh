#!/usr/bin/env bash
# ClickHouse takes a text for a day if its last part is at most 31, and for a moment whatever two digits the hours have. A column with 29 February
# 2021 is of dates, and holds 1 March; 25:00 is the next day. `accurateCastOrNull` and `toDateOrNull`, made for the careful, do the same,
# and give 1 January 1970 for 32 January. Days before 1970 stay text.
#
# Version: chdb 4.4.0, ClickHouse in a library (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: birthdates that were typed wrong: nobody sees it any more.
# Expected: text, and NULL. Here: a day that there is none of is a finding, and dropped.
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


for text in ("2020-02-29", "2021-02-29", "2021-04-31", "2021-01-32", "1949-02-29", "2021-01-02 25:00:00", "2021-01-02 99:99:99"):
    print(text, "->", read([text]))
for text in ("2021-02-29", "2021-01-32"):
    print(text, "->", *(chdb.query(f"SELECT {call}('{text}'{rest})", "TSV").bytes().decode().strip()
                        for call, rest in (("accurateCastOrNull", ", 'Date'"), ("toDateOrNull", ""), ("parseDateTimeBestEffortOrNull", ""))))
END
TZ=UTC python/bin/python show.py > seen
cat seen
diff seen - <<'END'
2020-02-29 -> Nullable(Date) 2020-02-29
2021-02-29 -> Nullable(Date) 2021-03-01
2021-04-31 -> Nullable(Date) 2021-05-01
2021-01-32 -> Nullable(String) 2021-01-32
1949-02-29 -> Nullable(String) 1949-02-29
2021-01-02 25:00:00 -> Nullable(DateTime) 2021-01-03 01:00:00
2021-01-02 99:99:99 -> Nullable(DateTime) 2021-01-06 04:40:39
2021-02-29 -> 2021-03-01 2021-03-01 \N
2021-01-32 -> 1970-01-01 1970-01-01 \N
END
