#!/usr/bin/env bash
# Where a file of JSON has texts like 1/2/2020, ClickHouse reads moments: the first number is the day, or the second one where the first is too large,
# within one column. 10:00 PM, month names and days of the week are understood, too. With dots for slashes it stays text.
#
# Version: chdb 4.4.0, ClickHouse in a library (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: American dates: 1 February for January 2nd, but the 13th is right, so that no sample shows it. Versions such as 1-2-2020.
# Expected: text, as JSON has no dates. Here: a form of dates is read where a mapping names it, and text stays text.
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


for texts in (
    ["01/02/2020", "01/13/2020"], ["1-2-2020"], ["01-02-20"], ["2020-01-02 10 PM"], ["Thu, 02 Jan 2020 10:00:00 GMT"], ["01.02.2020"], ["Jan 2"],
):
    print(*texts, "->", read(texts))
END
TZ=UTC python/bin/python show.py > seen
cat seen
diff seen - <<'END'
01/02/2020 01/13/2020 -> Nullable(DateTime) 2020-01-13 00:00:00; Nullable(DateTime) 2020-02-01 00:00:00
1-2-2020 -> Nullable(DateTime) 2020-02-01 00:00:00
01-02-20 -> Nullable(DateTime) 2020-02-01 00:00:00
2020-01-02 10 PM -> Nullable(DateTime) 2020-01-02 22:00:00
Thu, 02 Jan 2020 10:00:00 GMT -> Nullable(DateTime) 2020-01-02 10:00:00
01.02.2020 -> Nullable(String) 01.02.2020
Jan 2 -> Nullable(String) Jan 2
END
