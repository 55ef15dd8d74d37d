#!/usr/bin/env python3
"""What many files and many machines cost, held against one run over one archive, and whether the row is met.

    benches/machines.py ROW [--new PROGRAM] [--folder DIR] [--pairs N] [--profiles N]

Rows: files, large, large-zst (with the program `zstd`), passing, passing-gz, shares, gather, gather-anew, all.
A row runs two things in turn, in pairs whose order alternates; its ratio is the median of those of the pairs. Input is made
once, in the folder: an archive of made-up people (500,000 unless told), and the same lines as files of other kinds.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from targets import FAILED, pairs, run, told, transform

PARTITIONS, MANY = 8, 64


def archive(options):
    path = options.folder / "archive"
    if not (path / "manifest.json").exists():
        run(options.new, "sandbox", "--profiles", options.profiles, "--write", path)
    return path


def lines(options):
    for part in sorted(archive(options).glob("profiles-*.gz")):
        yield part, gzip.open(part, "rb").read()


def made(options, name, write):
    """A folder as an engine leaves it, made once, in a process of its own: what this one takes counts as its children's."""
    path = options.folder / name
    if not (path / "_SUCCESS").exists():
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        writer = os.fork()
        if not writer:
            write(path)
            os._exit(0)
        if os.waitpid(writer, 0)[1]:
            sys.exit(f"{path} was not made")
        (path / "_SUCCESS").touch()
    return path


def plain(options):
    def write(path):
        for part, content in lines(options):
            (path / f"part-{part.name[9:15]}.txt").write_bytes(content)

    return made(options, "plain", write)


def large(options):
    """Eight gzipped files, in the order of the archive."""

    def write(path):
        contents = list(lines(options))
        size = -(-len(contents) // PARTITIONS)
        for number in range(PARTITIONS):
            with gzip.open(path / f"part-{number:05}", "wb", compresslevel=6) as file:
                for _, content in contents[number * size : (number + 1) * size]:
                    file.write(content)

    return made(options, "large", write)


def large_zst(options):
    """The same lines, each file compressed by zstd."""
    gzipped = large(options)

    def write(path):
        for part in sorted(gzipped.glob("part-*")):
            subprocess.run(["zstd", "-q", "-3", "-o", path / part.name], input=gzip.open(part).read(), check=True)

    return made(options, "large-zst", write)


def partition(line, count):
    """By the rule: the key of the people of the sandbox is their only `user_id`, or else their `segment_id`."""
    head = line[: line.index(b'"traits"')]
    at = head.find(b'","type":"user_id"')
    named = head[head.rindex(b'"', 0, at) + 1 : at].decode().strip().encode() if at > 0 else b""
    return int(hashlib.md5(named or head.split(b'"', 4)[3]).hexdigest()[:7], 16) % count


def shares(options, count):
    def write(path):
        files = []
        for number in range(count):
            (path / f"part={number}").mkdir()
            files.append(open(path / f"part={number}" / "lines.txt", "wb"))
        for _, content in lines(options):
            for line in content.splitlines(keepends=True):
                files[partition(line, count)].write(line)
        for file in files:
            file.close()

    return made(options, f"shares-{count}", write)


def compared(row, options, most, figure, one, other):
    ones, others = pairs(options.pairs, one, other)
    value = statistics.median(one[figure] / other[figure] for one, other in zip(ones, others))
    parts = [
        f"{statistics.median(run[0] for run in runs):.2f} s ({statistics.median(run[1] for run in runs):.2f} of CPU, {max(run[2] for run in runs):.0f} MB)"
        for runs in (ones, others)
    ]
    told(row, value, most, " against ".join(parts))


def in_a_row(options, source, count, *more):
    """One run for each partition; the figures of all."""
    total = [0.0, 0.0, 0.0]
    for number in range(count):
        here = source(number)
        wall, cpu, memory = transform(
            options.new, here, options.folder / f"out/p{number}", "--values", "json", "--partition", f"{number}/{count}", *more
        )
        total = [total[0] + wall, total[1] + cpu, max(total[2], memory)]
    return total


def gather(options, anew):
    """64 partitions whose batches are full; or all but their last ones, which are below half and packed anew."""
    shared, out = shares(options, MANY), options.folder / "out"
    each = options.profiles // MANY
    # Nine profiles of ten become customers.
    full = ("--batch-customers", int(each * 0.9 / (4.4 if anew else 4.8)))
    several = in_a_row(options, lambda number: shared / f"part={number}", MANY, *full)
    folders = [out / f"p{number}" for number in range(MANY)]

    def gathered():
        shutil.rmtree(out / "gathered", ignore_errors=True)
        return run(options.new, "gather", *folders, "-o", out / "gathered", "-q")

    runs = [gathered() for _ in range(options.pairs + 1)][1:]
    one = [transform(options.new, archive(options), out / "one", *full) for _ in range(3)]
    row = "gather, last batches anew" if anew else "gather"
    for what, figure in (("wall time", 0), ("CPU", 1)):
        took = statistics.median(run[figure] for run in runs)
        of_one = statistics.median(run[figure] for run in one)
        detail = f"{took:.2f} s, {max(run[2] for run in runs):.0f} MB, against {several[figure]:.2f} s"
        told(f"{row}, {what} of 64 transforms", took / several[figure], 0.05, detail)
        told(f"{row}, {what} of one of all", took / of_one, 0.05, f"against {of_one:.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row")
    parser.add_argument("--new", default="target/release/segment-to-voucherify")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--profiles", type=int, default=500_000)
    options = parser.parse_args()
    options.folder = options.folder or Path(tempfile.mkdtemp())
    (options.folder / "out").mkdir(parents=True, exist_ok=True)
    out = options.folder / "out"
    whole = lambda source: lambda: transform(options.new, source(options), out / "one", "--values", "json")
    rows = {
        "files": lambda: compared("500 plain files, of an archive", options, 1.05, 0, whole(plain), whole(archive)),
        "large": lambda: compared("8 large gz files, of an archive", options, 1.05, 0, whole(large), whole(archive)),
        "large-zst": lambda: compared("8 large zstd files, of an archive", options, 1.05, 0, whole(large_zst), whole(archive)),
        "passing": lambda: compared(
            "8 partitions in a row, plain files",
            options, 1.5, 0, lambda: in_a_row(options, lambda _: plain(options), PARTITIONS), whole(plain),
        ),
        "passing-gz": lambda: compared(
            "8 partitions in a row, large gz files",
            options, 1.5, 0, lambda: in_a_row(options, lambda _: large(options), PARTITIONS), whole(large),
        ),
        "shares": lambda: compared(
            "8 partitions in a row, divided files",
            options, 1.1, 0, lambda: in_a_row(options, lambda n: shares(options, PARTITIONS) / f"part={n}", PARTITIONS),
            whole(lambda options: shares(options, PARTITIONS)),
        ),
        "gather": lambda: gather(options, anew=False),
        "gather-anew": lambda: gather(options, anew=True),
    }
    if not shutil.which("zstd"):
        rows["large-zst"] = lambda: print("left out: large-zst, since there is no program zstd")
    for row in rows if options.row == "all" else [options.row]:
        rows[row]()
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
