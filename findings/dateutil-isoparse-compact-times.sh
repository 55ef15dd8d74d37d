#!/usr/bin/env bash
# `dateutil.parser.isoparse`, the strict one, takes any single character between date and time, also a digit. A compact time such
# as `20200115101112` is then the 15th, the separator "1", and the time 01:11:02: wrong by nine hours, and no error. Only where
# the shifted digits are no time (`20200115191112`: hour 91) it raises, so that a test with an evening passes as "refused".
# Version 4 refuses them all; what requires version 2, as Segment's Python library does, keeps the old one installed.
#
# Version: python-dateutil 2.9.0.post0 and 4.0.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: times as LDAP, EXIF, object stores and many exports write them.
# Expected: an error always, or the right time. Here: only forms whose calendar date is plain are taken, and no time is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/show.py" <<'END'
from dateutil import __version__
from dateutil.parser import isoparse

print(__version__)
for text in ("20200115T101112", "20200115101112", "20200115003000", "20200115213015", "20200115191112"):
    try:
        print(" ", text, "->", isoparse(text))
    except ValueError:
        print(" ", text, "-> ValueError")
END
for version in 2.9.0.post0 4.0.0; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install -q --disable-pip-version-check "python-dateutil==$version"
    "$folder/$version/bin/python" "$folder/show.py"
done > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
2.9.0.post0
  20200115T101112 -> 2020-01-15 10:11:12
  20200115101112 -> 2020-01-15 01:11:02
  20200115003000 -> 2020-01-15 03:00:00
  20200115213015 -> 2020-01-15 13:01:05
  20200115191112 -> ValueError
4.0.0
  20200115T101112 -> 2020-01-15 10:11:12
  20200115101112 -> ValueError
  20200115003000 -> ValueError
  20200115213015 -> ValueError
  20200115191112 -> ValueError
END
