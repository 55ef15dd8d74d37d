#!/usr/bin/env bash
# CleverCSV finds out how a CSV file is parted. A list of email addresses it parts at the @, a list of names or phones at the blank; a
# list of dates or URLs it leaves whole, since it knows these as types. So the one column that a suppression list has becomes two.
#
# Version: clevercsv 0.8.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: lists of addresses to import or to leave out: not one of them matches anybody.
# Expected: no delimiter, as for dates; email addresses are among the types that it looks for. Here: a sheet's delimiter is one of tab,
# comma and semicolon.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check clevercsv==0.8.5

cat > show.py <<'END'
import clevercsv

lists = {
    "email": ["ada@example.org", "bo@example.org"],
    "name": ["Ada Lovelace", "Bo Diddley"],
    "phone": ["+1 212 555 0100", "+44 20 7946 0958"],
    "date": ["1990-01-02", "1991-02-03"],
    "url": ["https://example.org/a", "https://example.org/b"],
}
for name, values in lists.items():
    with open("list.csv", "w") as file:
        file.write("\n".join([name, *values, ""]))
    print(f"{name:5}", repr(clevercsv.detect_dialect("list.csv").delimiter), clevercsv.read_table("list.csv")[1])
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
email '@' ['ada', 'example.org']
name  ' ' ['Ada', 'Lovelace']
phone ' ' ['+1', '212', '555', '0100']
date  '' ['1990-01-02']
url   '' ['https://example.org/a']
END
