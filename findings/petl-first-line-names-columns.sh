#!/usr/bin/env bash
# petl reads an array of JSON objects with the keys of the first thousand of them. The same objects one a line, `lines=True`, it reads
# with the keys of the first line alone: what a later line has beside them is not in the table, and nothing says so.
#
# Version: petl 1.7.30 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: exports of profiles, where each person has other traits: one who came in with little more than an id sets the columns for all.
# Expected: both forms alike; the documentation speaks of a `sample` of the objects. Here: every line is read for what it has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check petl==1.7.30

cat > people.ndjson <<'END'
{"id": 1}
{"id": 2, "name": "Ada", "phone": "+12125550100"}
END
cat > show.py <<'END'
import json

import petl

with open("people.json", "w") as file:
    json.dump([json.loads(line) for line in open("people.ndjson")], file)
print("array", list(petl.fromjson("people.json")))
print("lines", list(petl.fromjson("people.ndjson", lines=True)))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
array [('id', 'name', 'phone'), (1, None, None), (2, 'Ada', '+12125550100')]
lines [('id',), (1,), (2,)]
END
