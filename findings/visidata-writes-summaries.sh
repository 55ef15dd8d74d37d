#!/usr/bin/env bash
# VisiData in batch mode writes objects and lists into CSV and TSV the way its screen shows them: a count in braces or brackets, then
# the parts without quotes, parted by `; ` or by nothing but a blank. That cannot be read back: whether `[3] a; b; c` were three texts or
# two is not in it. And JSON lines that it only reads and writes again have a null in the first row for a key of a later one.
#
# Version: visidata 3.4 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: nested traits on their way into a sheet; and a null is no missing key where an update clears what is null.
# Expected: JSON in the cell, as other tools write; the lines unchanged. Here: cells of tables hold JSON, and a missing key stays missing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check visidata==3.4
export HOME=$folder

cat > people.jsonl <<'END'
{"id": 1, "tags": ["a", "b; c"], "address": {"city": "Bath", "lines": ["1 High St", null]}}
{"id": 2}
{"id": 3, "phone": "+12125550100"}
END
python/bin/vd -b people.jsonl -o people.csv
python/bin/vd -b people.jsonl -o again.jsonl
tr -d '\r' < people.csv | cat - again.jsonl > seen
cat seen
diff seen - <<'END'
id,tags,address,phone
1,[2] a; b; c,{2} city=Bath lines=[2] 1 High St; None,
2,,,
3,,,+12125550100
{"id": 1, "tags": ["a", "b; c"], "address": {"city": "Bath", "lines": ["1 High St", null]}, "phone": null}
{"id": 2}
{"id": 3, "phone": "+12125550100"}
END
