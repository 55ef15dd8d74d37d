#!/usr/bin/env bash
# Rows that are appended to a Delta table are made to fit its columns, and nothing is said: 1.5 becomes 1, the text "no" false, and
# 2 true. A text that is no number, or a number that is too large, is an error, so that one believes to be warned.
#
# Version: deltalake 1.6.6, pyarrow 25.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: who appends what a source gives: when it begins to give fractions, they are cut off from then on.
# Expected: an error for what changes. Here: what cannot become what was asked for is sent as it is, and is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check deltalake==1.6.6 pyarrow==25.0.1

cat > show.py <<'END'
import pyarrow
from deltalake import DeltaTable, write_deltalake

for at, (first, kind, later) in enumerate((
    (7, None, 1.5), (7, None, "8"), (7, None, "nine"), (7, pyarrow.int32(), 2**40), (True, None, "no"), (True, None, 2),
)):
    write_deltalake(f"table{at}", pyarrow.table({"v": pyarrow.array([first], kind)}))
    try:
        write_deltalake(f"table{at}", pyarrow.table({"v": [later]}), mode="append")
        seen = sorted(DeltaTable(f"table{at}").to_pyarrow_table()["v"].to_pylist())
    except Exception as error:
        seen = type(error).__name__
    print(f"{first!r}, then {later!r}: {seen}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
7, then 1.5: [1, 7]
7, then '8': [7, 8]
7, then 'nine': Exception
7, then 1099511627776: Exception
True, then 'no': [False, True]
True, then 2: [True, True]
END
