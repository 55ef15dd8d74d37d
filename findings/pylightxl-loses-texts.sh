#!/usr/bin/env bash
# A workbook holds its texts in a list of their own or in the cells. pylightxl knows the first way alone: what XlsxWriter writes with
# `constant_memory`, so that large sheets fit, has all its numbers and no text. A number with a unit becomes a time or a day besides, for
# the s of "pts" and the d of "days".
#
# Version: pylightxl 1.61, XlsxWriter 3.2.9 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: sheets of exports: ids, names and emails are empty texts, and nothing says so.
# Expected: the texts and the numbers. Here: both ways to keep a text are read, and a letter in quotes makes no date of a number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pylightxl==1.61 xlsxwriter==3.2.9

cat > show.py <<'END'
import pylightxl
import xlsxwriter

for constant in (False, True):
    book = xlsxwriter.Workbook("people.xlsx", {"constant_memory": constant})
    sheet = book.add_worksheet("people")
    for row, (name, points, form) in enumerate((("ada", 1250, "0"), ("bob", 1250, '0 "pts"'), ("eve", 60, '0 "days"'))):
        sheet.write_string(row, 0, f"{name}@example.com")
        sheet.write_number(row, 1, points, book.add_format({"num_format": form}))
    book.close()
    print("in constant memory:" if constant else "by itself:", *pylightxl.readxl("people.xlsx").ws("people").rows)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
by itself: ['ada@example.com', 1250] ['bob@example.com', '00:00:00'] ['eve@example.com', '1900/02/28 00:00:00']
in constant memory: ['', 1250] ['', '00:00:00'] ['', '1900/02/28 00:00:00']
END
