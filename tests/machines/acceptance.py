"""Many machines make what one makes: the same people as one file, as partitioned files and as others, through transform and gather,
against a truth that is worked out apart from the program.

    acceptance.py PROGRAM COUNT
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from people import exact, line, partition, people, truth

program, count = Path(sys.argv[1]).resolve(), int(sys.argv[2])
PARTITIONS, PIECES = 8, 7
csv.field_size_limit(1 << 30)


def run(*arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stderr}"
    return done


def write(path, everybody, texts=False, opened=open):
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened(path, "wt", encoding="utf-8", newline="\n") as file:
        file.writelines(line(one, texts) + "\n" for one in everybody)


def rows(folder, table):
    """Without the places, which differ, and words, which may name places."""
    with open(folder / table, encoding="utf-8", newline="") as file:
        return sorted(tuple(row[:7]) for row in list(csv.reader(file))[1:])


def held(folder):
    manifest = json.load(open(folder / "manifest.json"))
    customers, origins = {}, 0
    for batch in manifest["batches"]:
        with gzip.open(folder / batch["file"], "rt", encoding="utf-8") as file:
            for made in exact(file.read()):
                assert made["source_id"] not in customers, made
                customers[made["source_id"]] = made
        with gzip.open(folder / batch["origins"]["file"], "rt", encoding="utf-8", newline="") as file:
            origins += sum(1 for _ in csv.reader(file)) - 1
    assert origins == len(customers), (origins, len(customers))
    books = manifest["books"]
    assert books["read"] == books["customers"] + books["rejected"] + books.get("passed_over", 0), books
    assert books["customers"] == len(customers), books
    return customers, books, len(manifest["batches"])


def compare(name, folder, want, tables):
    customers, books, posts = held(folder)
    rejects = rows(folder, "rejects.csv")
    got = sorted((row[0], row[1], row[4]) for row in rejects)
    for source_id in want[0].keys() | customers.keys():
        ours, theirs = want[0].get(source_id), customers.get(source_id)
        assert ours == theirs, f"{name}: {source_id!r}\n  got  {theirs}\n  want {ours}"
    assert got == want[1], f"{name}: rejects {set(got) ^ set(want[1])}"
    assert books["read"] == len(want[0]) + len(want[1]), books
    for table in ["rejects.csv", "warnings.csv"]:
        here = rows(folder, table)
        assert here == tables.setdefault(table, here), f"{name}: {table} differs"
    assert books["findings"] == tables.setdefault("findings", books["findings"]), name
    print(f"{name}: {len(customers)} customers, {len(rejects)} rejects as they must be, {posts} posts")


def partitions(work, name, inputs, values=()):
    """One transform for each partition, each over `inputs(partition)`, and all gathered."""
    folders = []
    for index in range(PARTITIONS):
        folder = work / f"{name}-{index}"
        run("transform", *inputs(index), "-o", folder, "--csv", "plain", "--partition", f"{index}/{PARTITIONS}", *values)
        folders.insert(0, folder)
    run("gather", *folders, "-o", work / name)
    return work / name


with tempfile.TemporaryDirectory() as work:
    work = Path(work)
    os.environ["TMPDIR"] = str(work)
    everybody = people(count)
    want, tables = truth(everybody), {}
    write(work / "all.ndjson", everybody)
    run("transform", work / "all.ndjson", "-o", work / "one", "--csv", "plain", "--expect-profiles", str(len(everybody)))
    compare("one file", work / "one", want, tables)

    shares = [[one for one in everybody if partition(one, PARTITIONS) == index] for index in range(PARTITIONS)]
    for index, share in enumerate(shares):
        write(work / f"shares/part={index}/lines.gz", share, opened=gzip.open)
    shared = partitions(work, "shared", lambda index: [work / f"shares/part={index}"])
    compare(f"{PARTITIONS} files, partitioned", shared, want, tables)

    size = -(-len(everybody) // PIECES)
    for index in range(PIECES):
        write(work / f"pieces/part-{index:05}.txt", everybody[index * size:(index + 1) * size])
        write(work / f"texts/part-{index:05}.txt", everybody[index * size:(index + 1) * size], texts=True)
    for folder in ["pieces", "texts"]:
        (work / folder / "_SUCCESS").touch()
    run("transform", work / "pieces", "-o", work / "whole", "--csv", "plain")
    compare(f"{PIECES} files, one run", work / "whole", want, tables)
    compare(f"{PIECES} files, {PARTITIONS} runs", partitions(work, "divided", lambda _: [work / "pieces"]), want, tables)
    run("transform", work / "texts", "-o", work / "spelt", "--csv", "plain")
    compare(f"{PIECES} files of texts, one run", work / "spelt", want, tables)
    texts = partitions(work, "texts-divided", lambda _: [work / "texts"], ["--values", "json"])
    compare(f"{PIECES} files of texts, {PARTITIONS} runs", texts, want, tables)
