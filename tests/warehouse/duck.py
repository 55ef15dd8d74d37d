"""Runs scripts on DuckDB over the tables of rows.py.

    duck.py FOLDER SCRIPT…
"""

import json
import sys

import duckdb

from rows import tables

folder, *scripts = sys.argv[1:]
people = json.load(open(f"{folder}/truth.json"))
count = int(open(f"{folder}/count").read())
database = duckdb.connect()
database.execute("CREATE SCHEMA profiles")
columns = {
    "user_traits": "canonical_segment_id VARCHAR, name VARCHAR, value VARCHAR, seq BIGINT",
    "user_identifiers": "canonical_segment_id VARCHAR, type VARCHAR, value VARCHAR, seq BIGINT",
    "profile_merges": "canonical_segment_id VARCHAR, segment_id VARCHAR, seq BIGINT",
}
for (name, kinds), rows in zip(columns.items(), tables(count)):
    database.execute(f"CREATE TABLE profiles.{name} ({kinds})")
    database.execute("BEGIN")
    database.executemany(f"INSERT INTO profiles.{name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    database.execute("COMMIT")
for script in scripts:
    database.execute(open(script).read())
