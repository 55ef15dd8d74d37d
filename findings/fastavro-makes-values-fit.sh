#!/usr/bin/env bash
# What does not fit the schema, fastavro makes fit where it can: the texts "false" and "no" become true, 1.5 becomes 1 where long is
# asked for, and the text "gold" a list of its four letters. The same values are an error in a field that may be null as well, and everywhere with
# `validator=True`, which is not what it does by itself.
#
# Version: fastavro 1.13.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: consents that came as text: who said no has said yes in the file. Points lose their fraction.
# Expected: an error. Here: what cannot become what was asked for is sent as it is, and is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check fastavro==1.13.1

cat > show.py <<'END'
import io

import fastavro


def written(kind, value, **options):
    schema = fastavro.parse_schema({"type": "record", "name": "person", "fields": [{"name": "value", "type": kind}]})
    file = io.BytesIO()
    try:
        fastavro.writer(file, schema, [{"value": value}], **options)
    except Exception as error:
        return type(error).__name__
    file.seek(0)
    return next(fastavro.reader(file))["value"]


for kind, value in (
    ("boolean", "false"), ("boolean", "no"), ("long", 1.5), ("int", -1.9), ("double", "7"),
    ({"type": "array", "items": "string"}, "gold"), ({"type": "array", "items": "string"}, {"gold": 1}),
):
    name = kind if isinstance(kind, str) else "array"
    print(f"{name:7} {value!r} -> {written(kind, value)!r}", end="; ")
    print("or null:", written(["null", kind], value), end="; ")
    print("validator:", written(kind, value, validator=True))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
boolean 'false' -> True; or null: ValueError; validator: ValidationError
boolean 'no' -> True; or null: ValueError; validator: ValidationError
long    1.5 -> 1; or null: ValueError; validator: ValidationError
int     -1.9 -> -1; or null: ValueError; validator: ValidationError
double  '7' -> 7.0; or null: ValueError; validator: ValidationError
array   'gold' -> ['g', 'o', 'l', 'd']; or null: ValueError; validator: ValidationError
array   {'gold': 1} -> ['gold']; or null: ValueError; validator: ValidationError
END
