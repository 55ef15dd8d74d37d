#!/usr/bin/env bash
# pzstd, the parallel program of the zstd package, puts a skippable frame before each part of its output. polars does not take such a
# file for a compressed one, and says that it is no valid UTF-8. The same frame in the middle it reads over. DuckDB and pyarrow read both.
#
# Version: polars 2.1.0, duckdb 2.0.1 (PyPI), zstd 1.5.4+dfsg2-5 (Debian 12).
# Needs: bash, Python 3 with venv, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: exports that were packed on all cores: the reader of the error looks for a wrong encoding.
# Expected: the rows; the format says that a decoder skips these frames. Here: they are skipped.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check polars==2.1.0 duckdb==2.0.1
apt-get download -qq zstd=1.5.4+dfsg2-5 2> apt.log || { cat apt.log; exit 1; }
dpkg -x zstd_*.deb .

for id in 1 2 3; do echo "{\"id\":$id}"; done > people.json
usr/bin/zstd -q people.json -o zstd.json.zst
usr/bin/pzstd -q people.json -o pzstd.json.zst
cat zstd.json.zst pzstd.json.zst > middle.json.zst
cat > show.py <<'END'
import duckdb, polars

for name in ("zstd", "pzstd", "middle"):
    try:
        seen = len(polars.read_ndjson(f"{name}.json.zst"))
    except polars.exceptions.ComputeError as error:
        seen = error
    print(f"{name:6} duckdb", len(duckdb.sql(f"FROM '{name}.json.zst'").fetchall()), "polars", seen)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
zstd   duckdb 3 polars 3
pzstd  duckdb 3 polars stream did not contain valid UTF-8 at line 0
middle duckdb 6 polars 6
END
