#!/usr/bin/env bash
# A workbook may hold dates as ISO 8601 instead of counted days; openpyxl writes them so with `iso_dates`. Gnumeric takes the year for the
# count: the 28th of February 1990 becomes the 12th of June 1905, and 09:30 the 9th of January 1900. It names an unknown attribute on
# standard error and exits with 0.
#
# Version: gnumeric 1.12.55-1 (Debian 12), openpyxl 3.1.5 (PyPI).
# Needs: bash, Python 3 with venv, Debian 12 with its lists of packages (`apt-get update`) and the libraries of GTK 3 and pxlib1.
# Hurts: birthdates: each becomes another day of June or July 1905, which passes for one.
# Expected: the dates, or a failure. Here: both ways to write a date are read as that date.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq gnumeric=1.12.55-1 gnumeric-common=1.12.55-1 libgoffice-0.10-10 libgoffice-0.10-10-common libgsf-1-114 2> apt.log ||
    { cat apt.log; exit 1; }
for package in *.deb; do dpkg -x "$package" .; done
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5

cat > write.py <<'END'
import datetime

import openpyxl

book = openpyxl.Workbook(iso_dates=True)
for row in (
    ["birthdate", datetime.date(1990, 2, 28)], ["birthdate", datetime.date(2003, 12, 31)],
    ["seen", datetime.datetime(2024, 2, 29, 10, 11, 12)], ["opens", datetime.time(9, 30)],
):
    book.active.append(row)
book.save("people.xlsx")
for row in openpyxl.load_workbook("people.xlsx").active.iter_rows(values_only=True):
    print("openpyxl", *row)
END
{
    python/bin/python write.py
    LD_LIBRARY_PATH=usr/lib:usr/lib/x86_64-linux-gnu usr/bin/ssconvert -L usr/lib/gnumeric/1.12.55 -D usr/share/gnumeric/1.12.55 \
        people.xlsx people.csv 2> said
    sed 's/^/gnumeric /' people.csv
} > seen
cat seen
diff seen - <<'END'
openpyxl birthdate 1990-02-28
openpyxl birthdate 2003-12-31
openpyxl seen 2024-02-29 10:11:12
openpyxl opens 09:30:00
gnumeric birthdate,1905/06/12
gnumeric birthdate,1905/06/25
gnumeric seen,1905/07/16
gnumeric opens,"1900/01/09 00:00:00"
END
