#!/usr/bin/env bash
# petl writes a table as XML without escaping what stands in it. A company `Smith & Co` makes a file that no parser of XML takes, petl's own
# `fromxml` included, as does `5 < 7`. And what was never there is written as the text None.
#
# Version: petl 1.7.30, lxml 6.1.3 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: exports with one ampersand among a million names: the whole file cannot be read.
# Expected: `&amp;` and an empty cell. Here: what is written is read back by the same program.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check petl==1.7.30 lxml==6.1.3

cat > show.py <<'END'
import xml.etree.ElementTree

import petl

for name in ("Smith and Co", "Smith & Co", "5 < 7", None):
    petl.toxml([["id", "name"], [1, name], [2, "Ada"]], "people.xml")
    print(repr(name), "written:", next(line.strip() for line in open("people.xml") if "<td>1<" in line))
    for reader, read in (
        ("petl", lambda: [row[1] for row in petl.data(petl.fromxml("people.xml", ".//tr", "td"))]),
        ("Python", lambda: [row[1].text for row in xml.etree.ElementTree.parse("people.xml").findall("tbody/tr")]),
    ):
        try:
            seen = read()
        except Exception as error:
            seen = type(error).__name__
        print("   ", reader, seen)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
'Smith and Co' written: <tr><td>1</td><td>Smith and Co</td></tr>
    petl ['Smith and Co', 'Ada']
    Python ['Smith and Co', 'Ada']
'Smith & Co' written: <tr><td>1</td><td>Smith & Co</td></tr>
    petl XMLSyntaxError
    Python ParseError
'5 < 7' written: <tr><td>1</td><td>5 < 7</td></tr>
    petl XMLSyntaxError
    Python ParseError
None written: <tr><td>1</td><td>None</td></tr>
    petl ['None', 'Ada']
    Python ['None', 'Ada']
END
