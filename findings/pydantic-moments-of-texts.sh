#!/usr/bin/env bash
# Where a value may be a moment or a text, pydantic prefers the moment, and of a text of digits in JSON it makes one by counting seconds from
# 1970: the year "1990" is half an hour after midnight then, and a phone, with its plus or without, a day of 2354. Where it may be a Decimal or a
# text, "007" is 7 and "+12125550100" loses its plus. With the text first it is a text; with int or float, in any order, too.
#
# Version: pydantic 2.14.4 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: models of traits, which may be this or that: texts of digits are changed, all others are not, so that it does not show at first.
# Expected: the text, which fits as it is, as it does for int. Here: a text stays a text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pydantic==2.14.4

cat > show.py <<'END'
import datetime
import decimal
import json

import pydantic

kinds = {
    "datetime | str": datetime.datetime | str, "str | datetime": str | datetime.datetime, "date | str": datetime.date | str,
    "Decimal | str": decimal.Decimal | str, "int | str": int | str, "float | str": float | str,
}
for text in ("gold", "1990", "20200131", "12125550100", "+12125550100", "007", "1e3"):
    print(f"{text}:", end="")
    for name, kind in kinds.items():
        seen = pydantic.TypeAdapter(kind).validate_json(json.dumps(text))
        print(f" {name} {'same' if seen == text else seen},", end="")
    print()
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
gold: datetime | str same, str | datetime same, date | str same, Decimal | str same, int | str same, float | str same,
1990: datetime | str 1970-01-01 00:33:10+00:00, str | datetime same, date | str same, Decimal | str 1990, int | str same, float | str same,
20200131: datetime | str 1970-08-22 19:08:51+00:00, str | datetime same, date | str same, Decimal | str 20200131, int | str same, float | str same,
12125550100: datetime | str 2354-03-31 00:21:40+00:00, str | datetime same, date | str same, Decimal | str 12125550100, int | str same, float | str same,
+12125550100: datetime | str 2354-03-31 00:21:40+00:00, str | datetime same, date | str same, Decimal | str 12125550100, int | str same, float | str same,
007: datetime | str 1970-01-01 00:00:07+00:00, str | datetime same, date | str same, Decimal | str 7, int | str same, float | str same,
1e3: datetime | str same, str | datetime same, date | str same, Decimal | str 1E+3, int | str same, float | str same,
END
