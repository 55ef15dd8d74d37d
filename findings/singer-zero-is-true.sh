#!/usr/bin/env bash
# Singer's Transformer, which nearly every tap sends its rows through, takes a text for false only if it is `false`, in any case, or
# empty. `0`, `no`, `f` and `False` with a blank behind it become true, in silence. The number 0 becomes false.
#
# Version: singer-python 6.8.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: consents and flags that an engine gives as text, and CSV files gives as text all of them: who said no has said yes.
# Expected: false, or a mismatch of the schema, as for the integer `1.0`. Here: where a mapping asks for booleans, only `true` and
# `false` are taken for them, in any case and with blanks around; every other text is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check singer-python==6.8.0

cat > "$folder/show.py" <<'END'
from singer import Transformer

schema = {"type": "object", "properties": {"newsletter": {"type": ["null", "boolean"]}}}
for said in ("true", "false", "False ", "no", "f", "0", "", 0, 2):
    with Transformer() as transformer:
        print(repr(said), "->", transformer.transform({"newsletter": said}, schema)["newsletter"])
END
"$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
'true' -> True
'false' -> False
'False ' -> True
'no' -> True
'f' -> True
'0' -> True
'' -> False
0 -> False
2 -> True
END
