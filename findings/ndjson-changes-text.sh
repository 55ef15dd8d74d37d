#!/usr/bin/env bash
# The Python package ndjson splits its input with `splitlines`, which also splits at U+2028, U+2029 and U+0085, joins the pieces with
# commas, and parses the result as one array. Inside a string those characters are plain text to JSON: each comes out as a comma, and
# nobody is told. (One would expect an error, since the pieces are no JSON.)
#
# Version: ndjson 0.3.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: addresses and notes that were pasted from word processors, where U+2028 is the soft line break.
# Expected: the text as it was. Here: lines end at line feeds only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check ndjson==0.3.1

cat > "$folder/show.py" <<'END'
import json

import ndjson

for mark in ("\u2028", "\u2029", "\x85"):
    line = json.dumps({"street": f"1 High Street{mark}Oxford"}, ensure_ascii=False) + "\n"
    print(f"U+{ord(mark):04X}", ascii(json.loads(line)["street"]), "->", ascii(ndjson.loads(line)[0]["street"]))
END
"$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
U+2028 '1 High Street\u2028Oxford' -> '1 High Street,Oxford'
U+2029 '1 High Street\u2029Oxford' -> '1 High Street,Oxford'
U+0085 '1 High Street\x85Oxford' -> '1 High Street,Oxford'
END
