#!/usr/bin/env bash
# vobject ends a value of a vCard at its first comma and drops the rest, in parsing as well as in what it writes again. That meets addresses
# of web pages, in which a comma is not escaped, all nicknames but the first, and in vCard 2.1, where no comma is escaped, names, titles
# and notes. A company with a comma cannot be written again at all.
#
# Version: vobject 0.9.9 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: address books on their way: of `Lovelace, Ada` the family name is left, and notes end in the middle.
# Expected: the whole value. Here: a value is never cut at a character.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check vobject==0.9.9

cat > show.py <<'END'
import vobject

for version, line in (
    ("3.0", "URL:https://example.org/?ids=1,2,3"), ("3.0", "NICKNAME:Addie,Countess"), ("3.0", r"NOTE:gold\, since May"),
    ("3.0", "CATEGORIES:gold,silver"), ("4.0", "URL:https://example.org/?ids=1,2,3"), ("2.1", "FN:Lovelace, Ada"),
    ("2.1", "NOTE:Call after six, not before"), ("2.1", "TITLE:Head, Sales"), ("2.1", "ORG:Smith, Sons;Sales"),
):
    name = line.split(":")[0]
    card = ["BEGIN:VCARD", f"VERSION:{version}", "N:Lovelace;Ada;;;", line, *["FN:Ada Lovelace"][name == "FN":], "END:VCARD", ""]
    read = vobject.readOne("\r\n".join(card))
    try:
        written = next(written for written in read.serialize().splitlines() if written.startswith(name))
    except Exception as error:
        written = type(error).__name__
    print(f"{version} {line}: read {read.contents[name.lower()][0].value}, written {written}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
3.0 URL:https://example.org/?ids=1,2,3: read https://example.org/?ids=1, written URL:https://example.org/?ids=1
3.0 NICKNAME:Addie,Countess: read Addie, written NICKNAME:Addie
3.0 NOTE:gold\, since May: read gold, since May, written NOTE:gold\, since May
3.0 CATEGORIES:gold,silver: read ['gold', 'silver'], written CATEGORIES:gold,silver
4.0 URL:https://example.org/?ids=1,2,3: read https://example.org/?ids=1, written URL:https://example.org/?ids=1
2.1 FN:Lovelace, Ada: read Lovelace, written FN:Lovelace
2.1 NOTE:Call after six, not before: read Call after six, written NOTE:Call after six
2.1 TITLE:Head, Sales: read Head, written TITLE:Head
2.1 ORG:Smith, Sons;Sales: read [['Smith', ' Sons'], 'Sales'], written NativeError
END
