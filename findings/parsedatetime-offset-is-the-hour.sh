#!/usr/bin/env bash
# parsedatetime takes the last thing that looks like a time for the time, so that the offset from UTC of an ISO 8601 moment west of
# Greenwich becomes its hour: 10:11:12-05:00 is five in the morning. With the `T` between day and time it is even the offset of today. And
# of a date in the form of an email's header, `Sat, 28 Feb 1990`, it takes the first of the month. It reports success, as of a whole moment.
#
# Version: parsedatetime 2.6 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: moments of sign-ups and consents from exports with offsets: all people of New York did it at five in the morning.
# Expected: the moment, or that it cannot be read. Here: ISO 8601 is read as it is written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check parsedatetime==2.6

cat > show.py <<'END'
import datetime

import parsedatetime

now = datetime.datetime(2026, 6, 15, 8)
for text in (
    "1990-02-28 10:11:12", "1990-02-28 10:11:12+05:00", "1990-02-28 10:11:12-05:00", "1990-02-28T10:11:12-03:30",
    "28 Feb 1990", "Wed, 28 Feb 1990", "Sat, 03 Mar 1990", "Sat, 03 Mar 1990 10:11:12 -0500",
):
    moment, kind = parsedatetime.Calendar().parseDT(text, sourceTime=now)
    print(f"{text}: {moment}, kind {kind}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
1990-02-28 10:11:12: 1990-02-28 10:11:12, kind 3
1990-02-28 10:11:12+05:00: 1990-02-28 10:11:12, kind 3
1990-02-28 10:11:12-05:00: 1990-02-28 05:00:00, kind 3
1990-02-28T10:11:12-03:30: 2026-06-15 03:30:00, kind 2
28 Feb 1990: 1990-02-28 08:00:00, kind 1
Wed, 28 Feb 1990: 1990-02-01 08:00:00, kind 1
Sat, 03 Mar 1990: 1990-03-01 08:00:00, kind 1
Sat, 03 Mar 1990 10:11:12 -0500: 1990-03-01 05:00:00, kind 3
END
