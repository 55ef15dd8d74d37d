#!/usr/bin/env bash
# DuckDB learns the columns of JSON lines from the first 20,480 of them. A later key that it does not know is an error. But where it
# knows the key and has seen another type, it does what it can: in a column that was null so far every later value becomes NULL, 1.5
# among integers becomes 2, 7 among booleans becomes true. There is no warning, and the count of rows is right.
#
# Version: duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: traits that came late, as most do: the first 20,480 people have none, and so has everybody else.
# Expected: an error, as for a key. Here: every value is read for itself; no row tells what another one may hold.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check duckdb==2.0.1

cat > show.py <<'END'
import json

import duckdb

for first, later in ((None, "gold"), (None, 7), (1, 1.5), (True, 7), (1, "gold")):
    for rows in (20479, 20480):
        with open("people.json", "w") as file:
            file.writelines(json.dumps({"id": id, "v": first}) + "\n" for id in range(rows))
            file.write(json.dumps({"id": rows, "v": later}) + "\n")
        try:
            seen = duckdb.sql(f"SELECT v FROM 'people.json' WHERE id = {rows}").fetchall()[0][0]
        except duckdb.Error as error:
            seen = type(error).__name__
        print(f"{rows} rows with {json.dumps(first)}, then {json.dumps(later)} -> {seen}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
20479 rows with null, then "gold" -> gold
20480 rows with null, then "gold" -> None
20479 rows with null, then 7 -> 7
20480 rows with null, then 7 -> None
20479 rows with 1, then 1.5 -> 1.5
20480 rows with 1, then 1.5 -> 2
20479 rows with true, then 7 -> 7
20480 rows with true, then 7 -> True
20479 rows with 1, then "gold" -> "gold"
20480 rows with 1, then "gold" -> InvalidInputException
END
