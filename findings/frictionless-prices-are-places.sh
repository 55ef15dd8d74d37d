#!/usr/bin/env bash
# In a CSV file with semicolons and decimal commas frictionless takes the amounts for places on the globe: 12,50 is the latitude 50 and the
# longitude 12. Written again 20,00 is `20,0`, and an amount that comes after the first hundred and is no place, as 19,99 or 200,00 is not,
# becomes an empty cell, without an error. tableschema takes them for places as well.
#
# Version: frictionless 5.21.0, tableschema 1.21.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: exports of spreadsheets from most of Europe: prices that end with ,91 to ,99 are gone, as are those over 180.
# Expected: texts, or numbers. Here: a cell of CSV is a text until the mapping says otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check frictionless==5.21.0 tableschema==1.21.0

cat > show.py <<'END'
import frictionless
import tableschema

with open("orders.csv", "w") as file:
    file.write("id;price\n" + "".join(f"{number};{number % 80},50\n" for number in range(1, 101)) + "101;20,00\n102;19,99\n103;200,00\n")
with frictionless.Resource(path="orders.csv") as orders:
    print({field.name: field.type for field in orders.schema.fields})
    for row in list(orders.row_stream)[-4:]:
        print(row.to_dict())
frictionless.Resource(path="orders.csv").write("copy.csv")
print(*open("copy.csv").read().splitlines()[-4:])
table = tableschema.Table("orders.csv", delimiter=";")
print("tableschema", [(field["name"], field["type"]) for field in table.infer()["fields"]])
END
python/bin/python -W ignore show.py > seen
cat seen
diff seen - <<'END'
{'id': 'integer', 'price': 'geopoint'}
{'id': 100, 'price': [20.0, 50.0]}
{'id': 101, 'price': [20.0, 0.0]}
{'id': 102, 'price': None}
{'id': 103, 'price': None}
100,"20,50" 101,"20,0" 102, 103,
tableschema [('id', 'integer'), ('price', 'geopoint')]
END
