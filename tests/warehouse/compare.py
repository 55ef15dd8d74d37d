"""Holds what was unloaded against the truth of rows.py, profile by profile; exits with 1 where they differ.

    compare.py TRUTH lines FILE…               lines as a script writes them, one file a partition
    compare.py TRUTH archive FOLDER FORM       an archive whose texts were read as `json` or `plain`
"""

import glob
import gzip
import hashlib
import json
import sys


def lines(file):
    opened = gzip.open if file.endswith(".gz") else open
    with opened(file, "rt", encoding="utf-8", newline="\n") as text:
        yield from text


def exact(text):
    """JSON with its numbers as digits and its objects as pairs; raises where RFC 8259 has no such value."""
    def refused(word):
        raise ValueError(word)
    digits = lambda text: ("number", text)
    return json.loads(text, parse_int=digits, parse_float=digits, parse_constant=refused,
                      object_pairs_hook=lambda pairs: ("object", pairs))


def value(text, form):
    try:
        read = exact(text)
    except ValueError:
        return text
    whole = isinstance(read, list) or (isinstance(read, tuple) and read[0] == "object")
    return read if form == "json" or whole else text


def partitions(people, count):
    number = lambda person: int(hashlib.md5(person["key"].encode()).hexdigest()[:7], 16) % count
    return [[person for person in people if number(person) == part] for part in range(count)]


def unloaded(files, people):
    for file, wanted in zip(files, partitions(people, len(files)), strict=True):
        for line in lines(file):
            read = json.loads(line)
            texts = read["trait_texts"]
            got = (read["segment_id"], [[i["type"], i["id"]] for i in read["external_ids"]], list(texts.items()))
            want = wanted.pop(0)
            yield got, (want["segment_id"], want["external_ids"], list(want["trait_texts"].items()))
        assert not wanted, f"{file} lacks {len(wanted)} profiles"


def archived(folder, form, people):
    wanted = iter(people)
    for file in sorted(glob.glob(f"{folder}/profiles-*.ndjson.gz")):
        for line in lines(file):
            read = dict(exact(line)[1])
            got = (read["segment_id"], [[dict(i[1])["type"], dict(i[1])["id"]] for i in read["external_ids"]], read["traits"][1])
            want = next(wanted)
            traits = [(name, value(text, form)) for name, text in want["trait_texts"].items()]
            yield got, (want["segment_id"], want["external_ids"], [pair for pair in traits if pair[1] is not None])
    assert next(wanted, None) is None, f"{folder} lacks profiles"


if __name__ == "__main__":
    truth, kind, *rest = sys.argv[1:]
    people = json.load(open(truth))["people"]
    pairs = unloaded(rest, people) if kind == "lines" else archived(*rest, people)
    compared = 0
    for got, want in pairs:
        compared += 1
        if got != want:
            sys.exit(f"{kind}: not as in the tables\n  got  {got}\n  want {want}")
    print(f"{kind}: {compared} profiles as in the tables")
