#!/usr/bin/env bash
# A cell of a workbook knows whether it is text. pandas asks it, and guesses all the same: where all texts of a column look like
# numbers, they become numbers, and TRUE and FALSE booleans. One more row with letters in it, and the column stays text. polars leaves
# text cells alone. `dtype=str` stops it.
#
# Version: pandas 3.1.1, openpyxl 3.1.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: ids with leading zeros and phones in E.164 that somebody formatted as text with care, so that no spreadsheet changes them.
# Expected: the text; that is what the type of the cell is for, and CSV has none. Here: tables go out with text cells, and text cells
# that come back are taken as they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pandas==3.1.1 openpyxl==3.1.5

cat > show.py <<'END'
import openpyxl, pandas

def read(*rows, **options):
    book = openpyxl.Workbook()
    for row in (("id", "phone", "consent"), *rows):
        book.active.append(row)
    book.save("people.xlsx")
    assert {cell.data_type for row in book.active for cell in row} == {"s"}
    return pandas.read_excel("people.xlsx", engine="openpyxl", **options).to_dict("records")[0]

ada, guest = ("007", "+12125550100", "TRUE"), ("guest", "+442079460958", "TRUE")
print("one row    ", read(ada))
print("two rows   ", read(ada, guest))
print("dtype=str  ", read(ada, dtype=str))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
one row     {'id': 7, 'phone': 12125550100, 'consent': True}
two rows    {'id': '007', 'phone': 12125550100, 'consent': True}
dtype=str   {'id': '007', 'phone': '+12125550100', 'consent': 'TRUE'}
END
