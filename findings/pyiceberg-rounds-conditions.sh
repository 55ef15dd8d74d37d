#!/usr/bin/env bash
# Where a condition of PyIceberg compares a column of integers with a fraction, the fraction is rounded to an integer first: `points > 1.5`
# asks for more than 2, `points < 2.5` for less than 2, and `points = 1.5`, which nobody has, finds those with 2. It holds for `delete` as
# well. `id = '01'` is taken for the number 1.
#
# Version: pyiceberg 0.12.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: whoever deletes or exports by a limit: people are left out, or deleted, who are on the other side of it.
# Expected: what SQL says, or an error, as for a text that is no date. Here: nothing is chosen by comparing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check 'pyiceberg[sql-sqlite,pyarrow]==0.12.0' pyarrow==26.0.1 SQLAlchemy==2.1.9 duckdb==2.0.1

cat > show.py <<'END'
import os
import warnings

import duckdb
import pyarrow
from pyiceberg.catalog.sql import SqlCatalog

warnings.simplefilter("ignore")
catalog = SqlCatalog("catalog", uri="sqlite:///:memory:", warehouse=f"file://{os.getcwd()}/warehouse")
catalog.create_namespace("data")
people = pyarrow.table({"points": [1, 2, 3]})
table = catalog.create_table("data.people", schema=people.schema)
table.append(people)
for condition in ("points > 1.5", "points < 2.5", "points = 1.5", "points != 1.5", "points <= 2.4", "points = '01'", "points >= 0.5"):
    seen = sorted(table.scan(row_filter=condition).to_arrow()["points"].to_pylist())
    right = [row[0] for row in duckdb.sql(f"SELECT points FROM people WHERE {condition} ORDER BY points").fetchall()]
    print(f"{condition}: {seen}, DuckDB {right}")
table.delete("points = 1.5")
print("left after deleting where points = 1.5:", table.scan().to_arrow()["points"].to_pylist())
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
points > 1.5: [3], DuckDB [2, 3]
points < 2.5: [1], DuckDB [1, 2]
points = 1.5: [2], DuckDB []
points != 1.5: [1, 3], DuckDB [1, 2, 3]
points <= 2.4: [1, 2], DuckDB [1, 2]
points = '01': [1], DuckDB [1]
points >= 0.5: [1, 2, 3], DuckDB [1, 2, 3]
left after deleting where points = 1.5: [1, 3]
END
