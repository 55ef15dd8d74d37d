#!/usr/bin/env bash
# pyexcel, reading CSV, leaves `007` and `1_000` alone, as it should, and takes the comma out of numbers: `1,5` becomes 15 and `12,50`
# becomes 1250. A phone loses its plus, and a number in Arabic digits comes out in European ones.
#
# Version: pyexcel 0.7.6, pyexcel-io 0.6.8 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: amounts in every sheet that was written where the comma parts the decimals: they are ten or a hundred times as much.
# Expected: text, as for what is no number in every country. Here: a cell is text until the field that it is for says otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyexcel==0.7.6 pyexcel-io==0.6.8

cat > show.py <<'END'
import pyexcel

cells = ["007", "1_000", "1,5", "12,50", "1.234,50", "+12125550100", "\u0663", "5%"]
with open("people.csv", "w", encoding="utf-8") as file:
    file.writelines(f'u,"{cell}"\n' for cell in cells)
for cell, row in zip(cells, pyexcel.get_array(file_name="people.csv")):
    print(ascii(cell), "->", ascii(row[1]))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
'007' -> '007'
'1_000' -> '1_000'
'1,5' -> 15
'12,50' -> 1250
'1.234,50' -> '1.234,50'
'+12125550100' -> 12125550100
'\u0663' -> 3
'5%' -> '5%'
END
