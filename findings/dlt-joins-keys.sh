#!/usr/bin/env bash
# dlt makes names of columns out of keys and has only the letters of English for them. A trait whose key is Greek, Russian or Japanese is
# called `x`, every one of them, and a record keeps the last: of a name, a city and an age in Russian the age is left. The count of rows is
# right and nothing is said.
#
# Version: dlt 1.31.0, duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: everybody who names traits in another script: one column of mixed values is left of all of them.
# Expected: an error, or a name for each. Here: keys are taken as they are written, and two of them never become one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check 'dlt[duckdb]==1.31.0' duckdb==2.0.1

cat > show.py <<'END'
import dlt
import duckdb

people = [
    {"id": 1, "имя": "Ada", "город": "Bath", "возраст": 41},
    {"id": 2, "名前": "Bob", "町": "Rome"},
    {"id": 3, "όνομα": "Eve"},
    {"id": 4, "Straße": "High Street", "größe": "M", "größte": "L"},
]
dlt.pipeline("show", destination=dlt.destinations.duckdb("people.db"), dataset_name="data").run(people, table_name="people")
table = duckdb.connect("people.db").execute("SELECT * EXCLUDE (_dlt_id, _dlt_load_id) FROM data.people")
names = [column[0] for column in table.description]
for given, row in zip(people, table.fetchall()):
    print(given, "->", {name: value for name, value in zip(names, row) if value is not None})
END
RUNTIME__DLTHUB_TELEMETRY=false DLT_DATA_DIR=$folder/dlt python/bin/python show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
{'id': 1, 'имя': 'Ada', 'город': 'Bath', 'возраст': 41} -> {'id': 1, 'x': 41}
{'id': 2, '名前': 'Bob', '町': 'Rome'} -> {'id': 2, 'x__v_text': 'Rome'}
{'id': 3, 'όνομα': 'Eve'} -> {'id': 3, 'x__v_text': 'Eve'}
{'id': 4, 'Straße': 'High Street', 'größe': 'M', 'größte': 'L'} -> {'id': 4, 'stra_e': 'High Street', 'gr_e': 'M', 'gr_te': 'L'}
END
