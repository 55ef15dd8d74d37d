#!/usr/bin/env bash
# Are the first 25,000 numbers of a JSON or CSV file such that they fit into 63 bits, ClickHouse reads the later ones into as many: 2^63 comes out as
# -2^63, and 2^64 as 0. Among the first rows, the same numbers make the column unsigned, or text.
#
# Version: chdb 4.4.0, ClickHouse in a library (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: ids that grow, or are hashes: they become those of others, in long files only.
# Expected: an error, as for a fraction or a text that comes late. Here: ids are texts, and stay as they are written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check chdb==4.4.0

cat > show.py <<'END'
import json

import chdb


def read(values):
    with open("people.ndjson", "w") as file:
        file.writelines(json.dumps({"v": value}) + "\n" for value in values)
    try:
        answer = chdb.query("SELECT toTypeName(v), v FROM file('people.ndjson') GROUP BY v ORDER BY count(), v", "TSV")
    except Exception:
        return "an error"
    return "; ".join(line.replace("\t", " ") for line in answer.bytes().decode().splitlines())


for later in (2**63 - 1, 2**63, 12345678901234567890, 2**64, 2**64 + 7, 1.5, "x"):
    for rows in (24_999, 25_000):
        print(f"{rows} rows, then {later}: {read([7] * rows + [later])}")
END
TZ=UTC python/bin/python show.py > seen
cat seen
diff seen - <<'END'
24999 rows, then 9223372036854775807: Nullable(Int64) 9223372036854775807; Nullable(Int64) 7
25000 rows, then 9223372036854775807: Nullable(Int64) 9223372036854775807; Nullable(Int64) 7
24999 rows, then 9223372036854775808: Nullable(UInt64) 9223372036854775808; Nullable(UInt64) 7
25000 rows, then 9223372036854775808: Nullable(Int64) -9223372036854775808; Nullable(Int64) 7
24999 rows, then 12345678901234567890: Nullable(UInt64) 12345678901234567890; Nullable(UInt64) 7
25000 rows, then 12345678901234567890: Nullable(Int64) -6101065172474983726; Nullable(Int64) 7
24999 rows, then 18446744073709551616: Nullable(String) 18446744073709551616; Nullable(String) 7
25000 rows, then 18446744073709551616: Nullable(Int64) 0; Nullable(Int64) 7
24999 rows, then 18446744073709551623: Nullable(String) 18446744073709551623; Nullable(String) 7
25000 rows, then 18446744073709551623: Nullable(Int64) 7
24999 rows, then 1.5: Nullable(Float64) 1.5; Nullable(Float64) 7
25000 rows, then 1.5: an error
24999 rows, then x: Nullable(String) x; Nullable(String) 7
25000 rows, then x: an error
END
