#!/usr/bin/env bash
# The function with which Airbyte's connectors read times takes a text of digits for seconds since 1970, before it thinks of ISO 8601: the day
# 20200131 is 22 August 1970, 21 December 1999 is two days before, and the year 2020 is half an hour after midnight of 1 January. With a
# time behind it, 20200131T101112Z, the day is read right.
#
# Version: airbyte-cdk 7.39.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: days in the short form of ISO 8601: all are in 1970, and what is synchronized by day finds nothing new, or all of it.
# Expected: the day, or an error. Here: digits alone are a day only where the mapping says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check airbyte-cdk==7.39.1

cat > show.py <<'END'
from airbyte_cdk.utils.datetime_helpers import ab_datetime_parse

for text in ("2020-01-31", "20200131", "19991221", "20200131T101112Z", "2020"):
    try:
        print(f"{text} -> {ab_datetime_parse(text)}")
    except ValueError as error:
        print(f"{text} -> {error}")
END
python/bin/python -W ignore show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
2020-01-31 -> 2020-01-31T00:00:00+00:00
20200131 -> 1970-08-22T19:08:51+00:00
19991221 -> 1970-08-20T09:07:01+00:00
20200131T101112Z -> 2020-01-31T10:11:12+00:00
2020 -> 1970-01-01T00:33:40+00:00
END
