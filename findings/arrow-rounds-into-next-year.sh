#!/usr/bin/env bash
# Python's times have microseconds, and parsers of finer ones cut the rest off: isoparse, pendulum, ciso8601 and Python itself.
# arrow rounds: the last instant of a year, as APIs write it with seven or nine digits, becomes the first of the next.
#
# Version: arrow 1.4.0, python-dateutil 2.9.0.post0, pendulum 3.3.0, ciso8601 2.4.1 (PyPI).   Needs: bash, Python 3.11 with venv.
# Hurts: ends of periods (`…T23:59:59.999999999Z`), and joins of the same instant that two programs have read.
# Expected: the same as the others. Here: the calendar date counts as it is written; nothing moves it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check \
    arrow==1.4.0 python-dateutil==2.9.0.post0 pendulum==3.3.0 ciso8601==2.4.1

cat > "$folder/show.py" <<'END'
from datetime import datetime

import arrow, ciso8601, pendulum
from dateutil.parser import isoparse

text = "1990-12-31T23:59:59.999999999Z"
for name, read in (
    ("arrow", arrow.get), ("isoparse", isoparse), ("pendulum", pendulum.parse),
    ("ciso8601", ciso8601.parse_datetime), ("datetime", datetime.fromisoformat),
):
    print(f"{name:9}", read(text).strftime("%Y-%m-%dT%H:%M:%S.%f"))
END
"$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
arrow     1991-01-01T00:00:00.000000
isoparse  1990-12-31T23:59:59.999999
pendulum  1990-12-31T23:59:59.999999
ciso8601  1990-12-31T23:59:59.999999
datetime  1990-12-31T23:59:59.999999
END
