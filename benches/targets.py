#!/usr/bin/env python3
"""Holds this build against an earlier one, one row of figures a call, and says whether the row is met.

    benches/targets.py ROW --base PROGRAM [--new PROGRAM] [--folder DIR] [--pairs N]

Rows: transform, one-file, threads, memory, inspect, report, explain, verify, start, all.
The programs run in turn, in pairs whose order alternates; a ratio is the median of those of the pairs. CPU seconds are
trusted where others use the machine, too. Input is made once, in the folder: 500,000 people, and for `memory` 8,000,000
small profiles.
"""

import argparse
import gzip
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FAILED = []


def run(program, *arguments, sample=None):
    """Wall time, CPU seconds and peak memory in MB of one run."""
    begin = time.monotonic()
    process = subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if sample:
        sample(process)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{program} {arguments}: {process.stderr.read().decode()[-400:]}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def transform(program, source, output, *more, sample=None):
    shutil.rmtree(output, ignore_errors=True)
    return run(program, "transform", source, "-o", output, "-q", *more, sample=sample)


def pairs(count, one, other):
    """The figures of both in alternating order."""
    one(), other()
    ones, others = [], []
    for number in range(count):
        for which in (0, 1) if number % 2 else (1, 0):
            (ones if which else others).append((one if which else other)())
    return ones, others


def ratio(ones, others, figure):
    return statistics.median(one[figure] / other[figure] for one, other in zip(ones, others))


def told(row, value, most, detail):
    met = value <= most
    if not met:
        FAILED.append(row)
    print(f"{'met   ' if met else 'MISSED'} {row:<34} {value:7.3f} of at most {most:<6} {detail}", flush=True)


def against_base(row, options, source, most_wall, most_cpu):
    out = options.folder / "out"
    news, bases = pairs(
        options.pairs,
        lambda: transform(options.new, source, out / "new"),
        lambda: transform(options.base, source, out / "base"),
    )
    for what, figure, most in (("wall time", 0, most_wall), ("CPU seconds", 1, most_cpu)):
        new, base = (statistics.median(run[figure] for run in runs) for runs in (news, bases))
        told(f"{row}, {what}", ratio(news, bases, figure), most, f"{new:.2f} s against {base:.2f} s")


def archive(options):
    path = options.folder / "archive"
    if not (path / "manifest.json").exists():
        run(options.new, "sandbox", "--profiles", 500_000, "--write", path)
    return path


def one_file(options):
    path = options.folder / "single.ndjson.gz"
    if not path.exists():
        run(options.new, "sandbox", "--profiles", 500_000, "--single-file", path)
    return path


def threads(options):
    """The busiest thread that maps no lines, by the kernel's clock of each thread."""
    for count in (2, 4, 8):
        seen = {}

        def sample(process, seen=seen):
            tasks = Path(f"/proc/{process.pid}/task")
            while os.waitid(
                os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT
            ) is None:
                try:
                    for task in tasks.iterdir():
                        name = (task / "comm").read_text().strip()
                        seen[task.name] = (name, int((task / "schedstat").read_text().split()[0]) / 1e9)
                except OSError:
                    pass
                time.sleep(0.004)

        _, cpu, _ = transform(options.new, archive(options), options.folder / "out/new", "--threads", count, sample=sample)
        others = sorted(((used, name) for name, used in seen.values() if not name.startswith("worker")), reverse=True)
        detail = ", ".join(f"{name} {used / cpu:.1%}" for used, name in others[:4])
        told(f"in order, {count} threads", others[0][0] / cpu, 0.04, detail)


def memory(options):
    path = options.folder / "small.ndjson.gz"
    if not path.exists():
        with gzip.open(path, "wt", compresslevel=1) as file:
            for number in range(8_000_000):
                file.write(
                    f'{{"segment_id":"s{number}","external_ids":[{{"type":"user_id","id":"u{number}"}}],"traits":{{}}}}\n'
                )
    out = options.folder / "out"
    new = transform(options.new, path, out / "new")
    base = transform(options.base, path, out / "base")
    told("memory, 8,000,000 profiles", new[2] / base[2], 0.65, f"{new[2]:.0f} MB against {base[2]:.0f} MB")


def against_transform(row, options, most, *arguments):
    source, out = archive(options), options.folder / "out/new"
    transform(options.new, source, out)
    place = {"ARCHIVE": source, "BATCHES": out, "PAGE": options.folder / "page.html"}
    arguments = [place.get(argument, argument) for argument in arguments]
    news, bases = pairs(
        options.pairs,
        lambda: run(options.new, *arguments),
        lambda: transform(options.new, source, options.folder / "out/other"),
    )
    detail = f"{statistics.median(run[0] for run in news):.2f} s"
    told(f"{row} of the transform's time", ratio(news, bases, 0), most, detail)


def start(options):
    path = options.folder / "parts"
    if not (path / "manifest.json").exists():
        run(options.new, "sandbox", "--profiles", 2_000_000, "--write", path)
    for row, arguments in (("--help", ["--help"]), ("status, 2,000 parts", ["status", path])):
        times = sorted(run(options.new, *arguments)[0] for _ in range(20))
        told(f"start, {row}, ms", times[10] * 1000, 15, "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row")
    parser.add_argument("--base", default="base/segment-to-voucherify")
    parser.add_argument("--new", default="target/release/segment-to-voucherify")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    options.folder = options.folder or Path(tempfile.mkdtemp())
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "out").mkdir(exist_ok=True)
    rows = {
        "transform": lambda: against_base("transform, parts", options, archive(options), 0.72, 0.75),
        "one-file": lambda: against_base("transform, one file", options, one_file(options), 0.75, 0.75),
        "threads": lambda: threads(options),
        "memory": lambda: memory(options),
        "inspect": lambda: against_transform("inspect", options, 1.2, "inspect", "ARCHIVE"),
        "report": lambda: against_transform("report", options, 0.3, "report", "--archive", "ARCHIVE", "--batches", "BATCHES", "-o", "PAGE"),
        "explain": lambda: against_transform("explain", options, 0.15, "explain", "user-499999", "--archive", "ARCHIVE", "--batches", "BATCHES"),
        "verify": lambda: against_transform("status --checksums", options, 0.15, "status", "--checksums", "ARCHIVE"),
        "start": lambda: start(options),
    }
    for row in rows if options.row == "all" else [options.row]:
        rows[row]()
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
