"""What the job of engines/spark does in its tasks and in its driver, without Spark: attempts that fail, hang, come twice or
differ, in an order that no cluster can be made to keep.

    tasks.py TOOL FOLDER      FOLDER as tables.py fills it, with one-machine/ beside
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types

import pyarrow

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{here}/../../engines/spark")
PARTS = 8


class Task:
    """Stands for Spark's TaskContext."""
    now = None

    def __init__(self, part, attempt):
        self.part, self.attempt = part, attempt

    def partitionId(self):
        return self.part

    def attemptNumber(self):
        return self.attempt


stand_in = types.ModuleType("pyspark")
stand_in.TaskContext = types.SimpleNamespace(get=lambda: Task.now)
stand_in.SparkFiles = types.SimpleNamespace(get=lambda name: f"/nowhere/{name}")
sys.modules["pyspark"] = stand_in
import transform  # noqa: E402

tool, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
work = tempfile.mkdtemp(prefix="spark-tasks-")
people = json.load(open(f"{folder}/truth.json"))["people"]
lines = dict(zip((person["segment_id"] for person in people), open(f"{folder}/one-machine.ndjson", encoding="utf-8", newline="\n")))


def batches(part, without=0, large=False):
    """What Spark gives a task: an empty row, then its profiles in order, a few a batch; columns that begin in the middle."""
    number = lambda person: int(hashlib.md5(person["key"].encode()).hexdigest()[:7], 16) % PARTS
    texts = ["", *[lines[person["segment_id"]] for person in people if number(person) == part]]
    texts = texts[:len(texts) - without]
    kind = pyarrow.large_string() if large else pyarrow.string()
    for at in range(0, len(texts), 7):
        some = ["not of this batch\n", *texts[at:at + 7], "nor this\n"]
        batch = pyarrow.RecordBatch.from_arrays([pyarrow.array([part] * len(some), pyarrow.int32()), pyarrow.array(some, kind)], ["part", "line"])
        yield batch.slice(1, len(some) - 2)


def pretend(lines_of_bash, name=None):
    path = tempfile.mkdtemp(dir=work) + "/segment-to-voucherify"
    with open(path, "w") as file:
        file.write(f"#!/bin/bash\n{lines_of_bash}\nexec -a segment-to-voucherify '{tool}' \"$@\"\n")
    os.chmod(path, 0o755)
    return path


def job(output, binary=tool, options=("--threads", "1")):
    path, said, digest = transform.binary_at(binary)
    return {"binary": binary, "path": path, "said": said, "digest": digest, "partitions": PARTS, "beside": {}, "values": "json",
            "identifier": "user_id", "options": list(options), "scratch": work, "run": f"{output}/run-1"}


def attempt(given, part, number=0, rows=None):
    """One attempt at a partition; its result, or the words of its failure."""
    Task.now = Task(part, number)
    try:
        results = list(transform.one_partition(given)(batches(part) if rows is None else rows))
        return types.SimpleNamespace(**{name: column[0] for name, column in results[0].to_pydict().items()})
    except Exception as error:
        return str(error)


class Spark:
    """Stands for a session: tasks one after the other, each tried four times."""
    sparkContext = types.SimpleNamespace(addPyFile=lambda path: None, defaultParallelism=PARTS)
    conf = types.SimpleNamespace(get=lambda name, otherwise: otherwise)

    def mapInArrow(self, run, schema):
        self.run = run
        return self

    def collect(self):
        rows = []
        for part in reversed(range(PARTS)):
            for number in range(4):
                Task.now = Task(part, number)
                try:
                    rows += [batch.to_pylist()[0] for batch in self.run(batches(part))]
                    break
                except RuntimeError:
                    if number == 3:
                        raise
        return [Row(row) for row in rows]


class Row(dict):
    __getattr__ = dict.__getitem__


def driven(output, *more):
    """The job's driver; its exit code, or the words of its failure. What is not said is not looked at here."""
    transform.register = lambda spark, chosen: transform.pairs(chosen.table, "--table") and []
    transform.unloaded = lambda spark, path, chosen, tables: Spark()
    transform.say, transform.print = lambda words: None, lambda *words, **options: None
    begun = []
    try:
        # An option that is given again has the last word; what stands behind `--` stays behind.
        own = ["--output", output, "--values", "json", "--scratch", work, "--binary", tool]
        return transform.work(Spark(), transform.options([*own, *more]), begun)
    except (transform.Wrong, RuntimeError) as error:
        return str(error)
    finally:
        for place, run in begun:
            transform.only_keep(place, run, {"logs"})


def listing(made):
    return {name: open(f"{made}/{name}", "rb").read() for name in os.listdir(made) if name != ".lock"}


def gathered(given, output, rows):
    quietly, transform.say = transform.say, lambda words: None
    try:
        transform.gathered(given, transform.Folder(output), "run-1", rows)
    finally:
        transform.say = quietly
    return f"{output.removeprefix('file://')}/batches"


def same(made, wanted=f"{folder}/one-machine"):
    subprocess.run([sys.executable, f"{here}/same.py", wanted, made], check=True, stdout=subprocess.DEVNULL)


def names(output):
    return sorted(name for name in os.listdir(f"{output}/run-1") if name != "logs")


WHOLE = [f"part-{part:05}" for part in range(PARTS)]
try:
    # In any order, with offsets of 64 bits too: what one machine makes.
    plain = f"{work}/plain"
    rows = [attempt(job(plain), part, rows=batches(part, large=part % 2 == 0)) for part in (3, 1, 0, 2, 7, 6, 5, 4)]
    rows.sort(key=lambda row: row.part)
    assert names(plain) == WHOLE and sum(row.profiles for row in rows) == len(people), rows
    before = gathered(job(plain), plain, rows)
    same(before)

    # A second attempt at what is there gives nothing double; one at other rows is an error, and the first stays.
    again = attempt(job(plain), 3, 1)
    assert (again.part, again.folder, again.profiles) == (3, "part-00003", rows[3].profiles) and names(plain) == WHOLE, again
    differs = attempt(job(plain), 3, 2, batches(3, without=2))
    assert "gave different batches" in differs and names(plain) == WHOLE, differs
    same(gathered(job(plain), plain, rows))

    # On what is no mounted path each attempt has a folder of its own, and only those that are named count.
    stored = f"file://{work}/stored"
    rows = [attempt(job(stored), part) for part in range(PARTS)]
    attempt(job(stored), 5, 1)
    assert len(names(f"{work}/stored")) == PARTS + 1
    same(gathered(job(stored), stored, rows))
    transform.only_keep(transform.Folder(stored), "run-1", {row.folder for row in rows} | {"logs"})
    assert names(f"{work}/stored") == sorted(row.folder for row in rows)
    unlike = subprocess.run(["diff", "-r", "-x", ".lock", before, f"{work}/stored/batches"], capture_output=True, text=True)
    assert unlike.returncode == 0, unlike.stdout

    # A transform that fails: before it reads, in the middle, by a signal; its words are there, its folder is not.
    for what, ends in [("exit 7", 7), ("head -c 1000 > /dev/null; exit 7", 7), ("kill -9 $$", -9), ("cat > /dev/null; exit 1", 1)]:
        failed = f"{work}/failed-{len(os.listdir(work))}"
        given = job(failed, pretend(f'case "$*" in *--partition*) echo "invented trouble" >&2; {what} ;; esac'))
        words = attempt(given, 2)
        assert f"partition 2 of 8 ended with {ends}" in words and "invented trouble" in words, words
        assert names(failed) == [] and "invented trouble" in open(f"{failed}/run-1/logs/{os.listdir(f'{failed}/run-1/logs')[0]}").read()

    # Rows that end with an error, as when a worker dies: nothing is taken for the end of the profiles.
    def cut():
        yield next(batches(4))
        raise EOFError("the other side is gone")
    lost = f"{work}/lost"
    assert attempt(job(lost), 4, 0, cut()) == "the other side is gone" and names(lost) == []
    assert attempt(job(lost), 4, 1).folder == "part-00004" and names(lost) == ["part-00004"]

    # A task that is killed takes its transform along, which would take the end of its input for the end of the profiles.
    killed = f"{work}/killed"

    def endless():
        yield next(batches(6))
        time.sleep(600)
    child = os.fork()
    if child == 0:
        attempt(job(killed), 6, 0, endless())
        os._exit(1)
    running = lambda: subprocess.run(["pgrep", "-f", f"transform - -o {killed}/"], capture_output=True, text=True).stdout.split()
    while not running():
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while running():
        time.sleep(0.05)
    assert not [path for path, _, files in os.walk(killed) if "manifest.json" in files]
    assert attempt(job(killed), 6, 1).folder == "part-00006"

    # The engine and the tool have to agree on who belongs here, and on how many there are.
    astray = attempt(job(f"{work}/astray"), 1, 0, batches(0))
    assert "came to partition 1" in astray, astray
    moved = (pyarrow.RecordBatch.from_arrays([pyarrow.array([1] * batch.num_rows, pyarrow.int32()), batch.column(1)], ["part", "line"])
             for batch in batches(0))
    assert "to other partitions" in attempt(job(f"{work}/moved"), 1, 0, moved)
    empty = attempt(job(f"{work}/empty"), 0, 0, iter([pyarrow.RecordBatch.from_arrays(
        [pyarrow.array([0], pyarrow.int32()), pyarrow.array([""])], ["part", "line"])]))
    assert (empty.profiles, empty.posts) == (0, 0), empty

    # Another build on one of the machines.
    other = dict(job(f"{work}/other"), digest="0" * 64)
    assert "another" in attempt(other, 0) and not os.path.exists(f"{work}/other/run-1/part-00000")

    # More rejects than allowed is no failure: the folder is whole, and the job says so at its end.
    strict = attempt(job(f"{work}/strict", options=["--threads", "1", "--max-rejects", "0"]), 0)
    assert strict.status == 3 and names(f"{work}/strict") == ["part-00000"], strict

    # The driver: one folder of batches, run twice, without gathering, with a partition that fails for good.
    drives = f"{work}/drives"
    assert driven(drives, "--gather") == 0 and os.listdir(drives) == ["batches"]
    same(f"{drives}/batches")
    first = listing(f"{drives}/batches")
    assert driven(drives, "--gather") == 0 and os.listdir(drives) == ["batches"] and listing(f"{drives}/batches") == first
    assert driven(drives) == 0 and len(os.listdir(drives)) == 3
    told = json.load(open(f"{drives}/partitions.json"))
    assert told["books"]["profiles"] == len(people) and told["folders"] == [f"{told['run']}/{name}" for name in WHOLE], told
    failing = pretend('case "$*" in *--partition\\ 5/8*) echo "invented trouble" >&2; exit 7 ;; esac')
    assert "invented trouble" in driven(drives, "--gather", "--binary", failing)
    assert json.load(open(f"{drives}/partitions.json")) == told and listing(f"{drives}/batches") == first
    left = [name for name in os.listdir(drives) if name.startswith("run-") and name != told["run"]]
    assert len(left) == 1 and os.listdir(f"{drives}/{left[0]}") == ["logs"], left
    once = pretend(f'case "$*" in *--partition\\ 5/8*) mkdir {work}/once 2> /dev/null && exit 9 ;; esac')
    assert driven(drives, "--gather", "--keep-partitions", "--binary", once) == 0 and os.path.exists(f"{work}/once")
    assert listing(f"{drives}/batches") == first and told["run"] not in os.listdir(drives)
    ended = driven(f"file://{work}/uri", "--gather")
    assert (ended, os.listdir(f"{work}/uri")) == (0, ["batches"]), (ended, os.listdir(f"{work}/uri"))
    assert {**listing(f"{work}/uri/batches"), ".lock": b""} == {**first, ".lock": b""}
    for options, words in [(["--partitions", "0"], "1 to 4096"), (["--format", "CSV"], "empty texts"), (["--table", "x=y"], "is one of"),
                           (["--keep-partitions"], "belongs to"), (["--", "--no-such-option"], "unexpected argument"),
                           (["--binary", "/nowhere/x"], "is not on")]:
        assert words in driven(f"{work}/wrong", *options) and not os.path.exists(f"{work}/wrong"), options

    assert not [name for name in os.listdir(work) if name.startswith("tmp") and "batches" in os.listdir(f"{work}/{name}")]
    print("tasks: attempts that fail, hang, come twice or differ leave nothing double")
finally:
    shutil.rmtree(work, ignore_errors=True)
