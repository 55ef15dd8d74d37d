#!/usr/bin/env bash
# price-parser takes a point or comma with three digits behind it for that of the thousands, also behind a zero, where there are no
# thousands: 0.125 becomes 125. It has no sign and no exponent either: -5 becomes 5 and 1e5 becomes 1.
#
# Version: price-parser 0.5.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: rates and amounts of a few cents, which become a thousand times as much, while those with two digits are right.
# Expected: 0.125, -5 and 100000. Here: a number is read as JSON has it, and what is none is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check price-parser==0.5.1

cat > show.py <<'END'
from price_parser import Price

for text in ("0.12", "0.125", "0.1250", "0,125", "EUR 0.005", "-5", "1e5"):
    print(text, "->", Price.fromstring(text).amount)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
0.12 -> 0.12
0.125 -> 125
0.1250 -> 0.1250
0,125 -> 125
EUR 0.005 -> 5
-5 -> 5
1e5 -> 1
END
