#!/usr/bin/env bash
# Daft reads moments from JSON in the coarsest unit that one of them needs: one full second in the file, and all are cut to seconds; one tenth, and
# all are cut to milliseconds. In CSV the same column is text.
#
# Version: daft 0.7.26 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: who orders events by their time, or looks for changes by it: what happened within a second happened at once.
# Expected: microseconds, which hold them all. Here: no time is ever shifted; what Segment gives is kept as text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check daft==0.7.26

cat > show.py <<'END'
import json

import daft

for values in (
    ["2020-01-02T10:00:00.123456Z", "2020-01-02T10:00:00.654321Z"], ["2020-01-02T10:00:00.123456Z", "2020-01-02T10:00:00Z"],
    ["2020-01-02T10:00:00.123456Z", "2020-01-02T10:00:00.1Z"], ["2020-01-02T10:00:00.123456", "2020-01-02T10:00:00"],
):
    with open("events.ndjson", "w") as file:
        file.writelines(json.dumps({"v": value}) + "\n" for value in values)
    column = daft.read_json("events.ndjson")
    print(*values, "->", column.schema()["v"].dtype, "|", *(row["v"].isoformat() for row in column.to_pylist()))
END
DAFT_PROGRESS_BAR=0 python/bin/python show.py > seen
cat seen
diff seen - <<'END'
2020-01-02T10:00:00.123456Z 2020-01-02T10:00:00.654321Z -> Timestamp[us; +00:00] | 2020-01-02T10:00:00.123456+00:00 2020-01-02T10:00:00.654321+00:00
2020-01-02T10:00:00.123456Z 2020-01-02T10:00:00Z -> Timestamp[s; +00:00] | 2020-01-02T10:00:00+00:00 2020-01-02T10:00:00+00:00
2020-01-02T10:00:00.123456Z 2020-01-02T10:00:00.1Z -> Timestamp[ms; +00:00] | 2020-01-02T10:00:00.123000+00:00 2020-01-02T10:00:00.100000+00:00
2020-01-02T10:00:00.123456 2020-01-02T10:00:00 -> Timestamp[s] | 2020-01-02T10:00:00 2020-01-02T10:00:00
END
