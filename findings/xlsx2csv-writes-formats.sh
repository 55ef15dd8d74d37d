#!/usr/bin/env bash
# xlsx2csv takes every number format with a d, h, m, s or y in it for a date, also where the letter is in quotes. It fills the format in
# and leaves the number out: 1250 as `0 "pts"` becomes the text `0 "pts"`, 60 as `0 "days"` becomes `0 "28ays"`, and 5 as `0\h` the
# number 012. So every row of a column can come out the same. It exits with 0.
#
# Version: xlsx2csv 0.8.6, openpyxl 3.1.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: balances and counts that a sheet shows with their unit: points, stamps, days, months, km.
# Expected: the number. Here: what a cell holds is read and not how it is shown; a letter in quotes makes no date of a number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check xlsx2csv==0.8.6 openpyxl==3.1.5

cat > write.py <<'END'
import openpyxl

book = openpyxl.Workbook()
sheet = book.active
for points, form in (
    (1250, '0 "x"'), (1250, '0 "pts"'), (7, '0 "pts"'), (60, '0 "days"'), (12, '0 "stamps"'), (60, '0.0 "km"'), (5, r"0\h"),
):
    sheet.append([form, points])
    sheet.cell(sheet.max_row, 2).number_format = form
book.save("points.xlsx")
END
python/bin/python write.py
python/bin/xlsx2csv -d tab points.xlsx > seen
cat seen
diff seen - <<'END'
"0 ""x"""	1250
"0 ""pts"""	"0 ""pts"""
"0 ""pts"""	"0 ""pts"""
"0 ""days"""	"0 ""28ays"""
"0 ""stamps"""	"0 ""sta01ps"""
"0.0 ""km"""	"0.0 ""k02"""
0\h	012
END
