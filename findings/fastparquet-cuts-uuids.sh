#!/usr/bin/env bash
# fastparquet reads a UUID as bytes and cuts the zeros at its end: an id that ends in 00, as one of 256 does, has 15 bytes, and one that ends
# in 0000 has 14. DuckDB, which wrote the file, reads 16 of each.
#
# Version: fastparquet 2026.9.0, pandas 3.1.1, duckdb 2.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: customers that are joined by id with what another reader or a CSV has: some have no match, few enough that nobody looks.
# Expected: 16 bytes. Here: ids are texts, and stay as they are written.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check fastparquet==2026.9.0 pandas==3.1.1 duckdb==2.0.1

cat > show.py <<'END'
import duckdb
import fastparquet

duckdb.sql("""
    COPY (
        SELECT '550e8400-e29b-41d4-a716-44665544' || tail AS text, text::UUID AS id
        FROM unnest(['0a0b', '0b00', '0000']) people(tail)
    ) TO 'people.parquet'
""")
for text, id in duckdb.sql("SELECT text, id FROM 'people.parquet'").fetchall():
    print("duckdb      ", text, len(id.bytes), id.hex)
for person in fastparquet.ParquetFile("people.parquet").to_pandas().to_dict("records"):
    id = bytes(person["id"])
    print("fastparquet ", person["text"], len(id), id.hex())
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
duckdb       550e8400-e29b-41d4-a716-446655440a0b 16 550e8400e29b41d4a716446655440a0b
duckdb       550e8400-e29b-41d4-a716-446655440b00 16 550e8400e29b41d4a716446655440b00
duckdb       550e8400-e29b-41d4-a716-446655440000 16 550e8400e29b41d4a716446655440000
fastparquet  550e8400-e29b-41d4-a716-446655440a0b 16 550e8400e29b41d4a716446655440a0b
fastparquet  550e8400-e29b-41d4-a716-446655440b00 15 550e8400e29b41d4a716446655440b
fastparquet  550e8400-e29b-41d4-a716-446655440000 14 550e8400e29b41d4a71644665544
END
