#!/usr/bin/env bash
# polars reads a cell that holds a time of day as a moment on the last day of 1899, and asked for text it gives `1899-12-31 09:30:00`. A
# duration of 25 hours it reads right, and as text gives `1900-01-01 01:00:00`. With `engine="openpyxl"` the time is a time.
#
# Version: polars 2.1.0, fastexcel 0.21.0, openpyxl 3.1.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: opening hours and preferred times of contact: a date comes in that nobody wrote, and a reader downstream takes it.
# Expected: 09:30, and 25 hours. Here: a cell that holds a time or a duration is told, and corrects nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check polars==2.1.0 fastexcel==0.21.0 openpyxl==3.1.5

cat > show.py <<'END'
from datetime import time, timedelta

import openpyxl, polars

book = openpyxl.Workbook()
for row in (("opens", "lasts"), (time(9, 30), timedelta(hours=25))):
    book.active.append(row)
book.save("shops.xlsx")
text = {"opens": polars.String, "lasts": polars.String}
print("fastexcel", polars.read_excel("shops.xlsx").row(0))
print("  as text", polars.read_excel("shops.xlsx", schema_overrides=text).row(0))
print("openpyxl ", polars.read_excel("shops.xlsx", engine="openpyxl").row(0))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
fastexcel (datetime.datetime(1899, 12, 31, 9, 30), datetime.timedelta(days=1, seconds=3600))
  as text ('1899-12-31 09:30:00', '1900-01-01 01:00:00')
openpyxl  (datetime.time(9, 30), datetime.timedelta(days=1, seconds=3600))
END
