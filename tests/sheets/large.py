"""A workbook of many rows as LibreOffice reads it, all its sheets, against the table that it was made of, cell by cell.

Usage: large.py BINARY FOLDER ROWS
"""

import csv
import json
import subprocess
import sys
from pathlib import Path

from office import CSV, Office, installed

TOOL, WORK, ROWS = sys.argv[1], Path(sys.argv[2]) / "large", int(sys.argv[3])
TEXTS = ["007", "+46701740605", "1e5", "12345678901234567890", "=1+1", 'a;b, "c"', "two\nlines", "Zoë – 30 €", "TRUE", " x "]

if not installed():
    print("left out: LibreOffice Calc is not installed (Debian: libreoffice-calc)")
    raise SystemExit(0)
WORK.mkdir()
with open(WORK / "people", "w", encoding="utf-8") as file:
    for number in range(ROWS):
        traits = {"name": TEXTS[number % len(TEXTS)], "email": f"{number:09}"}
        file.write(json.dumps({"segment_id": f"use_{number}", "traits": traits}) + "\n")
subprocess.run([TOOL, "transform", "people", "--tables", "xlsx", "--csv", "plain", "-q"], cwd=WORK, check=True)
# All sheets, each as a file of its own.
FORM = f"csv:{CSV}:44,34,76,1,,0,false,true,false,false,false,-1"
# 50,000 rows take seconds; of 1,000,000, LibreOffice was done after a quarter of an hour.
Office(WORK, "en-US").convert(WORK / "batches/rejects.xlsx", FORM, WORK, seconds=600 + ROWS // 200)


def cells(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


seen = header = 0
expected = cells(WORK / "batches/rejects.csv")
names = next(expected)
for path in sorted(WORK.glob("rejects-rejects*.csv"), key=lambda path: (len(path.name), path.name)):
    for row in cells(path):
        if row == names:
            header += 1
            continue
        wanted = next(expected)
        assert row == wanted, f"{path.name}: {row}\n{wanted}"
        seen += 1
assert next(expected, None) is None and seen == ROWS and header >= 1, (seen, header)
advice = list(cells(WORK / "rejects-what to do.csv"))
assert len(advice) == 5, advice
print(f"a workbook of {seen} rows is read by LibreOffice as it was written, cell by cell")
