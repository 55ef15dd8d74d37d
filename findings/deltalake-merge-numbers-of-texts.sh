#!/usr/bin/env bash
# In the predicate of a merge, deltalake compares a text with a number as numbers: the row whose id is the number 1 meets both `1` and `01`, and what
# is said to be done to one person is done to two. As soon as one id is no number, the whole merge fails.
#
# Version: deltalake 1.6.6, pyarrow 25.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: customers that are to be deleted by number, from a table whose ids are text: strangers are deleted with them.
# Expected: an error for two types, or `1` alone. Here: ids are compared and sent byte by byte.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check deltalake==1.6.6 pyarrow==25.0.1

cat > show.py <<'END'
import pyarrow
from deltalake import DeltaTable, write_deltalake

for at, (ids, gone) in enumerate(((["1", "01", "2"], "1"), (["1", "01", "2"], 1), (["1", "01", "ada"], 1))):
    write_deltalake(f"table{at}", pyarrow.table({"id": ids}))
    table = DeltaTable(f"table{at}")
    merge = table.merge(pyarrow.table({"id": [gone]}), "held.id = gone.id", source_alias="gone", target_alias="held")
    try:
        done = merge.when_matched_delete().execute()["num_target_rows_deleted"]
    except Exception as error:
        done = type(error).__name__
    print(f"{ids} without {gone!r}: {done}, left {sorted(DeltaTable(f'table{at}').to_pyarrow_table()['id'].to_pylist())}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
['1', '01', '2'] without '1': 1, left ['01', '2']
['1', '01', '2'] without 1: 2, left ['2']
['1', '01', 'ada'] without 1: DeltaError, left ['01', '1', 'ada']
END
