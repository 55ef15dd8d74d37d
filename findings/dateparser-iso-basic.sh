#!/usr/bin/env bash
# dateparser reads some 200 languages, and takes ISO 8601's basic form for a span of time: `20200102T030405Z` becomes a day in
# 1943, so many minutes before now; another one each minute. ISO weeks become months: week 10 of 2020 is October.
#
# Version: dateparser 1.5.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: a column of dates in several forms, which is what the library is for: the valid ones come out wrong, without an error.
# Expected: the date, or None. Here: `19900102T101112Z` is the second of January, and a week is no birthdate.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check dateparser==1.5.0

cat > "$folder/show.py" <<'END'
import warnings
from datetime import datetime

import dateparser

warnings.simplefilter("ignore")
settings = {"RELATIVE_BASE": datetime(2026, 6, 15)}  # instead of now, so that every run says the same
for text in ("2020-01-02T03:04:05Z", "20200102T030405Z", "20200102T0304Z", "2020-W10", "2020-W12-3"):
    print(text, "->", str(dateparser.parse(text, settings=settings))[:10])
END
TZ=UTC "$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
2020-01-02T03:04:05Z -> 2020-01-02
20200102T030405Z -> 1943-03-18
20200102T0304Z -> 2025-08-15
2020-W10 -> 2020-10-15
2020-W12-3 -> 2020-12-03
END
