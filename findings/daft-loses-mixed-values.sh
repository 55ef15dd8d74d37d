#!/usr/bin/env bash
# Daft takes the type of a column from the whole of a JSON file, and then makes null of what does not fit it: days among moments, moments among days,
# a single value among lists, an object among numbers. Where text is among numbers or days, all become text, as one would wish.
#
# Version: daft 0.7.26 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: traits that were filled by two sources: whoever has a day only has no date at all.
# Expected: texts, or an error. Here: every value is read for itself.
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
    [7, "x"], ["2020-01-02", "x"], ["2020-01-02", "2020-01-02T10:00:00"], ["2020-01-02T10:00:00", "2020-01-02"], [["gold"], "silver"],
    [{"city": "Oslo"}, 7],
):
    with open("people.ndjson", "w") as file:
        file.writelines(json.dumps({"v": value}) + "\n" for value in values)
    column = daft.read_json("people.ndjson")
    kind, seen = column.schema()["v"].dtype, [row["v"] for row in column.to_pylist()]
    print(*values, "->", kind, "|", *seen)
END
DAFT_PROGRESS_BAR=0 python/bin/python show.py > seen
cat seen
diff seen - <<'END'
7 x -> String | 7 x
2020-01-02 x -> String | 2020-01-02 x
2020-01-02 2020-01-02T10:00:00 -> Timestamp[s] | None 2020-01-02 10:00:00
2020-01-02T10:00:00 2020-01-02 -> Timestamp[s] | 2020-01-02 10:00:00 None
['gold'] silver -> String | None silver
{'city': 'Oslo'} 7 -> String | None 7
END
