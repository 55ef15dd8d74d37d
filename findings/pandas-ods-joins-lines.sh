#!/usr/bin/env bash
# pandas reads a cell of an .ods that has several lines as one, without anything between them: the last word of one line and the first one of the
# next become one word.
#
# Version: pandas 2.3.3, odfpy 1.4.1, python-calamine 0.9.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: addresses, and lists of several values in one cell.
# Expected: a line break, as calamine, pyexcel and Gnumeric give it. Here: a line break.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pandas==2.3.3 odfpy==1.4.1 python-calamine==0.9.1

cat > show.py <<'END'
import pandas
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P


def write(name, *cells):
    """A sheet of one column, `name` above these cells."""
    document, table = OpenDocumentSpreadsheet(), Table(name="People")
    for cell in (text(name), *cells):
        row = TableRow()
        row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save("people.ods")


def text(*lines, before=()):
    cell = TableCell(valuetype="string")
    for element in (*before, *(P(text=line) for line in lines)):
        cell.addElement(element)
    return cell


write("address", text("1 High Street", "Bath"), text("ada@example.com", "bo@example.com"))
for engine in ("odf", "calamine"):
    print(engine, pandas.read_excel("people.ods", engine=engine)["address"].tolist())
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
odf ['1 High StreetBath', 'ada@example.combo@example.com']
calamine ['1 High Street\nBath', 'ada@example.com\nbo@example.com']
END
