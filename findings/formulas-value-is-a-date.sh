#!/usr/bin/env bash
# The library formulas computes workbooks in Python. Its VALUE takes 1,234 for a date and gives the count of its days, and 12,345 and 1,234.50
# for an error; ISNUMBER is true of a text with digits; SUM and COUNT count such texts in cells, which spreadsheets leave out, and MAX raises
# an error for them; TRIM leaves the blanks within; and TEXT rounds 1234.5 and 12.5 % down. LibreOffice and Excel agree on all of it.
#
# Version: formulas 1.3.4, openpyxl 3.1.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: points and amounts in workbooks that are computed on a server: 1,234 points are 85,469.
# Expected: 1234, FALSE, 7, 1, one blank, 1,235 and 13%. Here: no formula is computed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check formulas==1.3.4 openpyxl==3.1.5

cat > show.py <<'END'
import formulas
import openpyxl

book = openpyxl.Workbook()
for row, value in enumerate(("7", 7, "Bath"), 1):
    book.active.cell(row, 1, value)
shown = (
    '=VALUE("1234")', '=VALUE("1,234")', '=VALUE("12,345")', '=VALUE("1,234.50")', '=ISNUMBER("7")', "=ISNUMBER(A1)", "=SUM(A1:A3)",
    "=MAX(A1:A3)", "=COUNT(A1:A3)", '=TRIM("  Ada   Lovelace ")', '=TEXT(1234.5,"#,##0")', '=TEXT(0.125,"0%")',
)
for row, formula in enumerate(shown, 1):
    book.active.cell(row, 2, formula)
book.save("people.xlsx")
seen = formulas.ExcelModel().loads("people.xlsx").finish().calculate()
for row, formula in enumerate(shown, 1):
    print(formula, "->", seen[f"'[people.xlsx]SHEET'!B{row}"].value[0, 0])
END
python/bin/python -W ignore show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
=VALUE("1234") -> 1234.0
=VALUE("1,234") -> 85469.0
=VALUE("12,345") -> #VALUE!
=VALUE("1,234.50") -> #VALUE!
=ISNUMBER("7") -> True
=ISNUMBER(A1) -> True
=SUM(A1:A3) -> 14.0
=MAX(A1:A3) -> #VALUE!
=COUNT(A1:A3) -> 2
=TRIM("  Ada   Lovelace ") -> Ada   Lovelace
=TEXT(1234.5,"#,##0") -> 1,234
=TEXT(0.125,"0%") -> 12%
END
