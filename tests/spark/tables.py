"""The tables of tests/warehouse/rows.py as Parquet, and what one machine is given instead of them.

    tables.py FOLDER PROFILES    writes FOLDER/TABLE/part-0.parquet, FOLDER/truth.json and FOLDER/one-machine.ndjson
"""

import json
import os
import sys

import pyarrow
from pyarrow import parquet

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "warehouse"))
from rows import tables, truth  # noqa: E402

TEXTS = {"user_traits": ["canonical_segment_id", "name", "value"],
         "user_identifiers": ["canonical_segment_id", "type", "value"],
         "profile_merges": ["canonical_segment_id", "segment_id"]}

folder, count = sys.argv[1], int(sys.argv[2])
found = tables(count)
for (name, texts), rows in zip(TEXTS.items(), found):
    columns = list(zip(*rows)) or [[] for _ in [*texts, "seq"]]
    kinds = [pyarrow.string()] * len(texts) + [pyarrow.int64()]
    arrays = {column: pyarrow.array(values, kind) for column, values, kind in zip([*texts, "seq"], columns, kinds)}
    os.makedirs(f"{folder}/{name}")
    parquet.write_table(pyarrow.table(arrays), f"{folder}/{name}/part-0.parquet", row_group_size=100_000)
people, merged = truth(*found)
with open(f"{folder}/one-machine.ndjson", "w", encoding="utf-8", newline="\n") as file:
    for person in people:
        ids = [{"type": sort, "id": value} for sort, value in person["external_ids"]]
        line = {"segment_id": person["segment_id"], "external_ids": ids, "trait_texts": person["trait_texts"]}
        file.write(json.dumps(line) + "\n")
json.dump({"people": people, "merged": merged}, open(f"{folder}/truth.json", "w"))
print(f"{len(people)} profiles, {merged} merged away")
