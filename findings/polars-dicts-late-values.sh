#!/usr/bin/env bash
# `pl.DataFrame` takes the types of a list of dicts from the first hundred. What comes later is made to fit where it can, in strict mode, too: 1.5
# among integers is 1, 5 among booleans is False, a number among lists is null, a decimal is rounded to the places of the first one.
#
# Version: polars 2.1.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: answers of an API, which are lists of dicts: points lose their fraction, and who has five of something has none.
# Expected: an error, as for a text among numbers. Here: every value is read for itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check polars==2.1.0

cat > show.py <<'END'
from decimal import Decimal

import polars

for first, later in ((7, 1.5), (7, "nine"), (True, 5), (Decimal("1.5"), Decimal("1.555")), (["gold"], "silver"), ([7], ["eight"]), ([7], [1.5])):
    for rows in (99, 100):
        try:
            seen = polars.DataFrame([{"v": first}] * rows + [{"v": later}]).to_dicts()[-1]["v"]
        except Exception as error:
            seen = type(error).__name__
        print(f"{rows} times {first!r}, then {later!r} -> {seen!r}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
99 times 7, then 1.5 -> 1.5
100 times 7, then 1.5 -> 1
99 times 7, then 'nine' -> 'nine'
100 times 7, then 'nine' -> 'ComputeError'
99 times True, then 5 -> 5
100 times True, then 5 -> False
99 times Decimal('1.5'), then Decimal('1.555') -> Decimal('1.555')
100 times Decimal('1.5'), then Decimal('1.555') -> Decimal('1.6')
99 times ['gold'], then 'silver' -> 'ComputeError'
100 times ['gold'], then 'silver' -> None
99 times [7], then ['eight'] -> ['eight']
100 times [7], then ['eight'] -> [None]
99 times [7], then [1.5] -> [1.5]
100 times [7], then [1.5] -> [1]
END
