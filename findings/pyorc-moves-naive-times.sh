#!/usr/bin/env bash
# The `timestamp` of ORC is what a clock shows, without a zone. pyorc takes a datetime without one for the local time of the machine and
# writes the moment in UTC: noon becomes 10:00 on a machine in Berlin and 03:00 in Tokyo, and a midnight the day before.
#
# Version: pyorc 0.12.0 (PyPI).   Needs: bash, Python 3 with venv and the time zones of the system.
# Hurts: times and days in tables that one machine writes and another one reads.
# Expected: noon, as it went in. Here: no time zone moves a day or a time that came without one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyorc==0.12.0

cat > show.py <<'END'
import datetime
import io
import os

import pyorc

for time in (datetime.datetime(2020, 7, 1, 12), datetime.datetime(1990, 2, 28)):
    file = io.BytesIO()
    with pyorc.Writer(file, "struct<time:timestamp>") as writer:
        writer.write((time,))
    file.seek(0)
    print(os.environ["TZ"], time, "->", next(pyorc.Reader(file))[0])
END
for TZ in UTC Europe/Berlin Asia/Tokyo; do
    TZ=$TZ python/bin/python show.py
done > seen
cat seen
diff seen - <<'END'
UTC 2020-07-01 12:00:00 -> 2020-07-01 12:00:00+00:00
UTC 1990-02-28 00:00:00 -> 1990-02-28 00:00:00+00:00
Europe/Berlin 2020-07-01 12:00:00 -> 2020-07-01 10:00:00+00:00
Europe/Berlin 1990-02-28 00:00:00 -> 1990-02-27 23:00:00+00:00
Asia/Tokyo 2020-07-01 12:00:00 -> 2020-07-01 03:00:00+00:00
Asia/Tokyo 1990-02-28 00:00:00 -> 1990-02-27 15:00:00+00:00
END
