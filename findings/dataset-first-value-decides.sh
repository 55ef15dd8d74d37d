#!/usr/bin/env bash
# The library dataset takes the type of a new column from its first value, and later values are made to fit it: after a day all moments lose
# their time, after 7 the text `007` becomes 7, after 1.5 a long id is rounded and `1e5` is 100000. If nothing is there at first, 7 becomes a
# text. A value that cannot be made to fit is stored as it is, by SQLite, so that it does not show.
#
# Version: dataset 2.0.0, SQLAlchemy 2.1.9 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: moments of sign-ups, of which one had no time, and ids: the people 7 and 007 are one.
# Expected: the values, which SQLite could keep, or an error. Here: a value is what it is in its own line, whatever came before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check dataset==2.0.0 SQLAlchemy==2.1.9

cat > show.py <<'END'
import datetime
import warnings

import dataset

warnings.simplefilter("ignore")
day, moment = datetime.date(2024, 2, 29), datetime.datetime(2024, 3, 1, 23, 59, 58)
database = dataset.connect("sqlite:///:memory:")
for number, values in enumerate(([day, moment], [7, "007", "+12125550100", "Bath"], [1.5, 12345678901234567, "1e5"], [None, 7, "007"])):
    table = database[f"table{number}"]
    for value in values:
        table.insert({"value": value})
    print(*map(repr, values), "->", *[repr(row["value"]) for row in table])
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
datetime.date(2024, 2, 29) datetime.datetime(2024, 3, 1, 23, 59, 58) -> datetime.date(2024, 2, 29) datetime.date(2024, 3, 1)
7 '007' '+12125550100' 'Bath' -> 7 7 12125550100 'Bath'
1.5 12345678901234567 '1e5' -> 1.5 1.2345678901234568e+16 100000.0
None 7 '007' -> None '7' '007'
END
