#!/usr/bin/env bash
# Where a schema says number, Singer's Transformer takes all commas out of a text before it reads it: `1,5` becomes 15, ten times as
# much, and `1.234,50` becomes 1.2345, a thousandth. Where it says integer, 1.9 becomes 1. Where it says string, an object becomes
# Python's way of writing it, which no JSON parser reads again.
#
# Version: singer-python 6.8.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: amounts and points of everybody who writes a decimal comma, and nested traits.
# Expected: a mismatch of the schema. Here: a text becomes a number only where it is one as JSON has it; what is not is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check singer-python==6.8.0

cat > "$folder/show.py" <<'END'
from singer import Transformer

for kind, value in (
    ("number", "1,5"), ("number", "1.234,50"), ("number", "1,2,3"), ("number", "1,234.50"),
    ("integer", 1.9), ("string", {"city": None}), ("string", [True]),
):
    schema = {"type": "object", "properties": {"value": {"type": ["null", kind]}}}
    with Transformer() as transformer:
        print(f"{kind:7}", repr(value), "->", repr(transformer.transform({"value": value}, schema)["value"]))
END
"$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
number  '1,5' -> 15.0
number  '1.234,50' -> 1.2345
number  '1,2,3' -> 123.0
number  '1,234.50' -> 1234.5
integer 1.9 -> 1
string  {'city': None} -> "{'city': None}"
string  [True] -> '[True]'
END
