#!/usr/bin/env bash
# A row of a workbook need not say its number, nor a cell its place: what has none follows the one before it. xlsx2csv leaves out what says
# nothing: of a sheet of three people it writes empty lines and no person, and exits with 0.
#
# Version: xlsx2csv 0.8.6, openpyxl 3.1.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: sheets of programs that write no references, as the format allows.
# Expected: the three people, as openpyxl has them. Here: rows and cells that say no place are read in their order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check xlsx2csv==0.8.6 openpyxl==3.1.5

# What openpyxl writes, and the same without the attributes `r` of rows and cells.
cat > write.py <<'END'
import re
import zipfile

import openpyxl

book = openpyxl.Workbook()
for row in (["id", "points"], ["ada", 1], ["bob", 2], ["eve", 3]):
    book.active.append(row)
book.save("named.xlsx")
with zipfile.ZipFile("named.xlsx") as source, zipfile.ZipFile("bare.xlsx", "w") as target:
    for name in source.namelist():
        text = source.read(name).decode()
        if "worksheets/" in name:
            text = re.sub(r'(<(?:row|c)\b[^>]*?) r="[A-Z0-9]+"', r"\1", text)
        target.writestr(name, text)
END
cat > show.py <<'END'
import sys

import openpyxl

for row in openpyxl.load_workbook(sys.argv[1]).active.iter_rows(values_only=True):
    print(*row, sep=",")
END
python/bin/python write.py
for name in named bare; do
    echo "openpyxl, $name:"
    python/bin/python show.py $name.xlsx
    echo "xlsx2csv, $name:"
    python/bin/xlsx2csv $name.xlsx
done > seen
cat seen
diff seen - <<'END'
openpyxl, named:
id,points
ada,1
bob,2
eve,3
xlsx2csv, named:
id,points
ada,1
bob,2
eve,3
openpyxl, bare:
id,points
ada,1
bob,2
eve,3
xlsx2csv, bare:
END
