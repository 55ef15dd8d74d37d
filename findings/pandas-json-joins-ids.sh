#!/usr/bin/env bash
# pandas makes numbers of JSON strings that look like numbers, which is known of `007`. It does so by Python's rules for source code, too,
# where an underscore parts digits: the ids `10_00` and `1_000` both become 1000. Its reader of CSV leaves these alone.
#
# Version: pandas 3.1.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: ids made of two numbers: branch and customer, year and running number. Two people become one, and a join finds a third.
# Expected: the text, as from CSV. Here: an id is text from the first byte to the last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pandas==3.1.1

cat > show.py <<'END'
import io

import pandas

ids = ["1_000", "10_00", "20_07"]
lines = "".join(f'{{"id": "{id}"}}\n' for id in ids)
print("json ", pandas.read_json(io.StringIO(lines), lines=True)["id"].tolist())
print("dtype", pandas.read_json(io.StringIO(lines), lines=True, dtype=False)["id"].tolist())
print("csv  ", pandas.read_csv(io.StringIO("\n".join(["id", *ids])))["id"].tolist())
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
json  [1000, 1000, 2007]
dtype ['1_000', '10_00', '20_07']
csv   ['1_000', '10_00', '20_07']
END
