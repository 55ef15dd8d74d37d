#!/usr/bin/env bash
# Segment's own Python library takes a timestamp without a zone for local time if it is of the last five seconds or of the
# future, and for UTC if it is older. `datetime.now()` is sent right, the same clock an hour ago is shifted by the zone, and
# `datetime.utcnow()`, which would be right everywhere, lands hours in the future west of Greenwich.
#
# Version: segment-analytics-python 2.4.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: a backfill of profiles or events with naive times; one run mixes two readings of the same column, and nothing warns.
# Expected: one reading for all naive times. Here: no time is ever shifted; what Segment gives is kept as text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check segment-analytics-python==2.4.0

cat > "$folder/show.py" <<'END'
import os, time, warnings
from datetime import datetime, timedelta

from segment.analytics.client import Client

warnings.simplefilter("ignore")
client = Client("key", send=False)


def offset(zone, moment):
    os.environ["TZ"] = zone
    time.tzset()
    _, message = client.identify("user-1", timestamp=moment())
    return message["timestamp"][-6:]


for zone in ("Europe/Berlin", "America/New_York"):
    print(zone)
    print("  now                ", offset(zone, datetime.now))
    print("  now, an hour ago   ", offset(zone, lambda: datetime.now() - timedelta(hours=1)))
    print("  utcnow             ", offset(zone, datetime.utcnow))
    print("  January 2000       ", offset(zone, lambda: datetime(2000, 1, 1)))
    print("  January 2100       ", offset(zone, lambda: datetime(2100, 1, 1)))
END
"$folder/python/bin/python" "$folder/show.py" | sed 's/-04:00/-05:00/; s/+02:00/+01:00/' > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
Europe/Berlin
  now                 +01:00
  now, an hour ago    +00:00
  utcnow              +00:00
  January 2000        +00:00
  January 2100        +01:00
America/New_York
  now                 -05:00
  now, an hour ago    +00:00
  utcnow              -05:00
  January 2000        +00:00
  January 2100        -05:00
END
