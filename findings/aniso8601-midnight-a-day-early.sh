#!/usr/bin/env bash
# ISO 8601 writes the end of a day as 24:00, which is 00:00 of the next day. aniso8601 reads it as 00:00 of the same day, a whole day too
# early: the end of February becomes the beginning of the 28th, and an interval that lasts to the end of its day ends before it began.
#
# Version: aniso8601 10.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: consents and vouchers that are valid to the end of a day: they end a day early, or are over when they begin.
# Expected: 1990-03-01 00:00, or an error. Here: 24:00 is the beginning of the next day.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check aniso8601==10.0.1 ciso8601==2.4.1

cat > show.py <<'END'
import aniso8601
import ciso8601

for text in ("1990-02-28T23:59:59", "1990-02-28T24:00", "1990-02-28T24:00:00Z", "1999-12-31T24:00:00+02:00"):
    print(f"{text}: aniso8601 {aniso8601.parse_datetime(text)}, ciso8601 {ciso8601.parse_datetime(text)}")
for text in ("1990-02-28T08:00/1990-02-28T24:00", "1990-02-28T24:00/PT1H"):
    print(f"{text}: aniso8601", *(str(moment) for moment in aniso8601.parse_interval(text)), sep=" | ")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
1990-02-28T23:59:59: aniso8601 1990-02-28 23:59:59, ciso8601 1990-02-28 23:59:59
1990-02-28T24:00: aniso8601 1990-02-28 00:00:00, ciso8601 1990-03-01 00:00:00
1990-02-28T24:00:00Z: aniso8601 1990-02-28 00:00:00+00:00, ciso8601 1990-03-01 00:00:00+00:00
1999-12-31T24:00:00+02:00: aniso8601 1999-12-31 00:00:00+02:00, ciso8601 2000-01-01 00:00:00+02:00
1990-02-28T08:00/1990-02-28T24:00: aniso8601 | 1990-02-28 08:00:00 | 1990-02-28 00:00:00
1990-02-28T24:00/PT1H: aniso8601 | 1990-02-28 00:00:00 | 1990-02-28 01:00:00
END
