#!/usr/bin/env bash
# fastparquet learns from the first eleven values of a column of objects what it holds, and makes the others fit: after eleven whole
# numbers 1.5 becomes 1 and "007" becomes 7, after eleven booleans the text "no" becomes true. After ten of them it is an error. There is
# no warning.
#
# Version: fastparquet 2026.9.0, pandas 3.1.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: traits of mixed types, which are objects in pandas; what was lost is not in the file, so no reader can help.
# Expected: an error, however many came before. Here: every value is read for itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check fastparquet==2026.9.0 pandas==3.1.1

cat > show.py <<'END'
import fastparquet
import pandas

for first, last in ((1, 1.5), (1, "007"), (True, "no"), (True, 7), ("gold", 7)):
    for count in (10, 11):
        column = pandas.Series([first] * count + [last], dtype=object)
        try:
            fastparquet.write("people.parquet", pandas.DataFrame({"value": column}))
            seen = repr(fastparquet.ParquetFile("people.parquet").to_pandas()["value"].tolist()[-1])
        except Exception as error:
            seen = type(error).__name__
        print(f"{count} times {first!r}, then {last!r} -> {seen}")
END
python/bin/python show.py 2> said > seen || { cat said; exit 1; }
cat seen
diff seen - <<'END'
10 times 1, then 1.5 -> ValueError
11 times 1, then 1.5 -> 1
10 times 1, then '007' -> ValueError
11 times 1, then '007' -> 7
10 times True, then 'no' -> ValueError
11 times True, then 'no' -> True
10 times True, then 7 -> ValueError
11 times True, then 7 -> True
10 times 'gold', then 7 -> ValueError
11 times 'gold', then 7 -> ValueError
END
