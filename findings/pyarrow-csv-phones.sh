#!/usr/bin/env bash
# pyarrow's reader of CSV takes `+12125550100` for a floating-point number, since integers may have no plus there and doubles may,
# and `0x1F` for the integer 31. Written again, a phone is `1.21255501e+10` and an id another one. pandas does it, too, with
# `engine="pyarrow"`. DuckDB leaves phones alone, and makes 31 of `0x1F` as well; polars leaves both as text.
#
# Version: pyarrow 26.0.1, pandas 3.1.1, polars 2.1.0, duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: phones in E.164, which all begin with a plus, and hexadecimal ids.
# Expected: text. Here: phones and ids are text from the first byte to the last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.1

cat > people.csv <<'END'
phone,device
+12125550100,0x1F
+442079460958,0x20
END
cat > show.py <<'END'
import duckdb, pandas, polars
import pyarrow.csv

rows = {
    "pyarrow": lambda: pyarrow.csv.read_csv("people.csv").to_pylist(),
    "pandas, pyarrow": lambda: pandas.read_csv("people.csv", engine="pyarrow").to_dict("records"),
    "polars": lambda: polars.read_csv("people.csv").to_dicts(),
    "duckdb": lambda: [dict(zip(("phone", "device"), row)) for row in duckdb.sql("FROM 'people.csv'").fetchall()],
}
for name, read in rows.items():
    print(f"{name:15}", read()[1])
pyarrow.csv.write_csv(pyarrow.csv.read_csv("people.csv"), "again.csv")
print(open("again.csv").read(), end="")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
pyarrow         {'phone': 442079460958.0, 'device': 32}
pandas, pyarrow {'phone': 442079460958.0, 'device': 32}
polars          {'phone': '+442079460958', 'device': '0x20'}
duckdb          {'phone': '+442079460958', 'device': 32}
"phone","device"
1.21255501e+10,31
4.42079460958e+11,32
END
