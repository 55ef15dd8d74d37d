#!/usr/bin/env bash
# tablib reads of a cell of an .ods the first text that it finds. Where the cell has a comment, that is the name of who made the comment; of
# several lines it is the first, and of a word in which some letters are bold the letters before them. A number is what the cell shows of it.
#
# Version: tablib 3.10.0, odfpy 1.4.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: sheets that people worked on together: customers are called like the colleague who asked a question about them.
# Expected: the text of the cell. Here: comments are no part of a cell, and text is read whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check tablib==3.10.0 odfpy==1.4.1

cat > show.py <<'END'
import tablib
from odf.dc import Creator
from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P, Span


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


comment = Annotation()
for element in (Creator(text="Bo Berg"), P(text="is this right?")):
    comment.addElement(element)
bold = P(text="Ada ")
for element in (Span(text="Love"), Span(text="lace")):
    bold.addElement(element)
number = TableCell(valuetype="float", value="12125550100")
number.addElement(P(text="1.21E+10"))
write("name", text("Ada Lovelace"), text("Ada Lovelace", before=[comment]), text("1 High Street", "Bath"), text(before=[bold]), number)
with open("people.ods", "rb") as file:
    print(*tablib.Dataset().load(file, format="ods")["name"], sep="\n")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
Ada Lovelace
Bo Berg
1 High Street
Ada 
12100000000.0
END
