#!/usr/bin/env bash
# In SQL all expressions of an update see the row as it was. Lance works them off one after the other, each with what the ones before have
# written, in an order that changes from call to call. To swap two columns makes both the same, sometimes the first and sometimes the
# second, and `previous = points, points = 0` keeps the points or loses them.
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
import pyarrow

row = {"phone": "+12125550100", "mobile": "+442079460958", "points": 70, "previous": 5}
database = lancedb.connect("people")
duckdb.sql("CREATE TABLE people (phone TEXT, mobile TEXT, points INT, previous INT)")


def with_lancedb(number, changes):
    table = database.create_table(f"table{number}", [row])
    table.update(values_sql=changes)
    return tuple(table.to_arrow().to_pylist()[0].values())


def with_lance(number, changes):
    dataset = lance.write_dataset(pyarrow.Table.from_pylist([row]), f"dataset{number}")
    dataset.update(changes)
    return tuple(dataset.to_table().to_pylist()[0].values())


def with_duckdb(number, changes):
    duckdb.sql("DELETE FROM people")
    duckdb.execute("INSERT INTO people VALUES (?, ?, ?, ?)", list(row.values()))
    duckdb.sql(f"UPDATE people SET {', '.join(f'{name} = {expression}' for name, expression in changes.items())}")
    return duckdb.sql("FROM people").fetchall()[0]


for number, changes in enumerate(({"phone": "mobile", "mobile": "phone"}, {"previous": "points", "points": "0"})):
    print(", ".join(f"{name} = {expression}" for name, expression in changes.items()))
    for name, update in (("lancedb", with_lancedb), ("lance", with_lance), ("DuckDB", with_duckdb)):
        seen = {update(f"{number}_{again}", changes) for again in range(40)}
        print(f"    {name}:", "; ".join(" ".join(map(str, values)) for values in sorted(seen)))
END
python/bin/python show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
phone = mobile, mobile = phone
    lancedb: +12125550100 +12125550100 70 5; +442079460958 +442079460958 70 5
    lance: +12125550100 +12125550100 70 5; +442079460958 +442079460958 70 5
    DuckDB: +442079460958 +12125550100 70 5
previous = points, points = 0
    lancedb: +12125550100 +442079460958 0 0; +12125550100 +442079460958 0 70
    lance: +12125550100 +442079460958 0 0; +12125550100 +442079460958 0 70
    DuckDB: +12125550100 +442079460958 0 70
END
