"""Holds two folders of batches against each other: the same customers, the same findings, the same books.

    same.py ONE OTHER
"""

import collections
import csv
import glob
import gzip
import json
import sys


def customers(folder):
    found = {}
    for file in glob.glob(f"{folder}/batch-*.json.gz"):
        for customer in json.load(gzip.open(file)):
            assert customer["source_id"] not in found, f"{folder} has {customer['source_id']} twice"
            found[customer["source_id"]] = customer
    return found


def findings(folder, table):
    """Rows without their places and the words that name places."""
    with open(f"{folder}/{table}", encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        return collections.Counter(tuple(v for k, v in row.items() if k not in ("file", "line", "message")) for row in rows)


def listed(folder):
    return json.load(open(f"{folder}/manifest.json"))


one, other = sys.argv[1:]
assert sorted(batch["file"] for batch in listed(other)["batches"]) == sorted(
    file.rsplit("/", 1)[1] for file in glob.glob(f"{other}/batch-*.json.gz")), f"{other} holds batches that no manifest lists"
pairs = [("books", listed(one)["books"], listed(other)["books"])]
pairs += [("customers", customers(one), customers(other))]
pairs += [(table, findings(one, table), findings(other, table)) for table in ("rejects.csv", "warnings.csv")]
for name, left, right in pairs:
    if left != right:
        unlike = [(key, left.get(key), right.get(key)) for key in {**left, **right} if left.get(key) != right.get(key)]
        sys.exit(f"{other}: {name} differ from those of {one} in {len(unlike)}, such as {unlike[:3]}")
print(f"{other.rsplit('/', 2)[-2]}: {len(pairs[1][1])} customers and {sum(pairs[2][1].values())} rejects, as on one machine")
