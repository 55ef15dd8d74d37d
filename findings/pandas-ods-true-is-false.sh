#!/usr/bin/env bash
# pandas reads a boolean of an .ods by the text that the cell shows, and knows only `TRUE`. In a sheet of a German, French or Swedish office the
# cell shows WAHR, VRAI or SANT, beside the value true, and pandas gives False.
#
# Version: pandas 2.3.3, odfpy 1.4.1, python-calamine 0.9.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: consent in a sheet of an office that does not speak English: everybody has refused.
# Expected: the value. Here: `true` is read from the value, whatever the cell shows.
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


for shown in ("TRUE", "True", "WAHR", "VRAI", "SANT"):
    cell = TableCell(valuetype="boolean", booleanvalue="true")
    cell.addElement(P(text=shown))
    write("newsletter", cell)
    seen = (pandas.read_excel("people.ods", engine=engine)["newsletter"][0] for engine in ("odf", "calamine"))
    print(shown, "->", *seen)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
TRUE -> True True
True -> False True
WAHR -> False True
VRAI -> False True
SANT -> False True
END
