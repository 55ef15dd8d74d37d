"""Holds batches, or the customers of the sandbox's project, against what must become of the tables, profile by profile.

    whole.py FOLDER batches BATCHES
    whole.py FOLDER project ENVIRONMENT
"""

import csv
import gzip
import json
import os
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "machines"))
from people import Digits, exact, truth  # noqa: E402

folder, kind, place = sys.argv[1:]


def refused(word):
    raise ValueError(word)


def value(text):
    """What a text stands for; half a character is no character."""
    try:
        read = json.loads(text, parse_int=Digits, parse_float=Digits, parse_constant=refused)
    except ValueError:
        read = text
    return read.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if type(read) is str else read


def customers_of_project():
    named = dict(line.removeprefix("export ").strip().split("=", 1) for line in open(place) if "=" in line)
    headers = {"X-App-Id": named["VOUCHERIFY_APPLICATION_ID"], "X-App-Token": named["VOUCHERIFY_SECRET_KEY"]}
    for page in range(1, 100):
        url = f"{named['VOUCHERIFY_API_URL']}/v1/customers?limit=100&page={page}"
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            found = exact(answer.read().decode())["customers"]
        yield from found
        if not found:
            return


def customers_of_batches():
    for batch in json.load(open(f"{place}/manifest.json"))["batches"]:
        with gzip.open(f"{place}/{batch['file']}", "rt", encoding="utf-8") as file:
            yield from exact(file.read())


people = [
    {
        "segment_id": one["segment_id"],
        "external_ids": one["external_ids"],
        "traits": {name: value(text) for name, text in one["trait_texts"].items()},
    }
    for one in json.load(open(f"{folder}/truth.json"))["people"]
]
wanted, rejects = truth(people)
found = {}
for made in customers_of_project() if kind == "project" else customers_of_batches():
    assert made["source_id"] not in found, made
    found[made["source_id"]] = made
for source_id, want in wanted.items():
    got = found.pop(source_id, None)
    if kind == "project" and got is not None:
        # A project shows more members than were sent, fills in those of an address, and shows no system metadata.
        want.pop("system_metadata")
        got = {name: member for name, member in got.items() if name in want}
        if "address" in want:
            got["address"] = {name: member for name, member in got["address"].items() if member is not None}
    assert got == want, f"{source_id!r}\n  got  {got}\n  want {want}"
assert not found, f"not wanted: {list(found)[:5]}"
if kind == "batches":
    with open(f"{place}/rejects.csv", encoding="utf-8", newline="") as file:
        told = sorted((row["segment_id"], row["source_id"], row["reason"]) for row in csv.DictReader(file))
    assert told == rejects, f"rejects: {set(told) ^ set(rejects)}"
    books = json.load(open(f"{place}/manifest.json"))["books"]
    assert (books["read"], books["customers"], books["rejected"]) == (len(people), len(wanted), len(rejects)), books
print(f"{kind}: {len(wanted)} customers and {len(rejects)} rejects, as the tables have it")
