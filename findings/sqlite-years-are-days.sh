#!/usr/bin/env bash
# SQLite's date functions take a number for a day of the Julian calendar, also where it is a text: the year `2020` is a summer's day 4,707 years
# before our era. A day that its month does not have stays as it is, and times with an offset become UTC.
#
# Version: sqlite3 3.40.1-2+deb12u2 (Debian 12); the same in the sqlite3 module of Python 3.11.   Needs: bash, Python 3.
# Hurts: birthdays of which only the year is known, in a column that is checked by `date(birthday) IS NOT NULL`.
# Expected: NULL, as for `2020-1` or `yesterday`. Here: a birthday is a date that the calendar has, or a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > show.py <<'END'
import sqlite3

for text in ("1990-02-28", "2020", "1990", "19900228", "2020-1", "2020-02-30", "2020-02-32"):
    print(text, "->", *sqlite3.connect(":memory:").execute("SELECT date(?), date(?) IS NOT NULL", (text, text)).fetchone())
END
python3 show.py > seen
cat seen
diff seen - <<'END'
1990-02-28 -> 1990-02-28 1
2020 -> -4707-06-05 1
1990 -> -4707-05-06 1
19900228 -> None 0
2020-1 -> None 0
2020-02-30 -> 2020-02-30 1
2020-02-32 -> None 0
END
