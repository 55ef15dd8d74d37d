#!/usr/bin/env bash
# `dateutil.parser.isoparse`, the strict one, takes any single character between date and time, also a digit. A compact time such
# as `20200115101112` is then the 15th, the separator "1", and the time 01:11:02: wrong by nine hours, and no error. Only where
# the shifted digits are no time (`20200115191112`: hour 91) it raises, so that a test with an evening passes as "refused".
#
# Version: python-dateutil 2.9.0.post0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: times as LDAP, EXIF, object stores and many exports write them.
# Expected: an error always, or the right time. Here: only forms whose calendar date is plain are taken, and no time is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check python-dateutil==2.9.0.post0

cat > "$folder/show.py" <<'END'
from dateutil.parser import isoparse

for text in ("20200115T101112", "20200115101112", "20200115003000", "20200115213015", "20200115191112"):
    try:
        print(text, "->", isoparse(text))
    except ValueError as error:
        print(text, "->", error)
END
"$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
20200115T101112 -> 2020-01-15 10:11:12
20200115101112 -> 2020-01-15 01:11:02
20200115003000 -> 2020-01-15 03:00:00
20200115213015 -> 2020-01-15 13:01:05
20200115191112 -> hour must be in 0..23
END
