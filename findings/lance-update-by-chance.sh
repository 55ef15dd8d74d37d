#!/usr/bin/env bash
# In SQL all expressions of an update see the row as it was. Lance works them off one after the other, each with what the ones before have
# written: to swap two columns makes both the same, and `previous = points, points = 0` keeps or loses the points depending on the order in
# which the two are given.
#
# Version: lancedb 0.40.0, pylance 14.0.2 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: updates that move a value: phone and mobile to be swapped, points to be kept before they are set to 0. One of the two is lost.
# Expected: what SQL says. Here: each customer is made from the profile as it was read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check lancedb==0.40.0 pylance==14.0.2 pyarrow==26.0.1 duckdb==2.0.1

cat > show.py <<'END'
import duckdb
import lance
import lancedb

row = {"phone": "+12125550100", "mobile": "+442079460958", "points": 70, "previous": 5}
database = lancedb.connect("people")
for number, changes in enumerate((
    {"phone": "mobile", "mobile": "phone"},
    {"previous": "points", "points": "0"},
    {"points": "0", "previous": "points"},
)):
    print(", ".join(f"{name} = {expression}" for name, expression in changes.items()))
    table = database.create_table(f"table{number}", [row])
    table.update(values_sql=changes)
    print("   lancedb", *table.to_arrow().to_pylist()[0].values())
    dataset = lance.write_dataset(table.to_arrow().slice(0, 0), f"dataset{number}")
    dataset.insert([row])
    dataset.update(changes)
    print("   lance  ", *dataset.to_table().to_pylist()[0].values())
    duckdb.sql(f"CREATE TABLE people{number} (phone TEXT, mobile TEXT, points INT, previous INT)")
    duckdb.execute(f"INSERT INTO people{number} VALUES (?, ?, ?, ?)", list(row.values()))
    duckdb.sql(f"UPDATE people{number} SET {', '.join(f'{name} = {expression}' for name, expression in changes.items())}")
    print("   SQL    ", *duckdb.sql(f"FROM people{number}").fetchone())
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
END
