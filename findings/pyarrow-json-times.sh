#!/usr/bin/env bash
# pyarrow, reading JSON lines, makes moments of texts that look like ISO 8601, as far as every line of a block has one. A date becomes
# midnight, and an offset is applied and forgotten: 10:00+02:00 becomes 08:00 of no zone.
#
# Version: pyarrow 26.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: birthdays, and whatever was written with its offset: nobody can tell afterwards which hour of which place it was.
# Expected: texts, since JSON has a type for them; or a moment in UTC. Here: texts stay as they are until a rule names a date.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyarrow==26.0.1

cat > show.py <<'END'
import io
import json

import pyarrow.json

for text in ("1990-02-28", "2020-01-01 10:00:00", "2020-01-01T10:00:00+02:00", "2020-01-01T10:00:00.5+02:00", "10:00:00"):
    table = pyarrow.json.read_json(io.BytesIO((json.dumps({"v": text}) + "\n").encode()))
    print(text, "->", table.schema.field("v").type, table["v"][0])
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
1990-02-28 -> timestamp[s] 1990-02-28 00:00:00
2020-01-01 10:00:00 -> timestamp[s] 2020-01-01 10:00:00
2020-01-01T10:00:00+02:00 -> timestamp[s] 2020-01-01 08:00:00
2020-01-01T10:00:00.5+02:00 -> string 2020-01-01T10:00:00.5+02:00
10:00:00 -> string 10:00:00
END
