"""Profiles Sync tables -> batches for Voucherify, by many machines: an application for `spark-submit`; README.md has examples.

Spark joins the tables and divides the profiles; in each partition `segment-to-voucherify transform` does what it does on one
machine, as a process. A folder of batches counts only when it is whole and the books agree, and only one attempt at a
partition counts, so that tasks that are lost, tried again or run twice leave nothing double.
"""

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid

import columns
import folders
from columns import column_of, text_of
from folders import Folder

TOOL = "segment-to-voucherify"
VERSION = "0.1.0"
TEXTS = {"user_traits": ["canonical_segment_id", "name", "value"],
         "user_identifiers": ["canonical_segment_id", "type", "value"],
         "profile_merges": ["canonical_segment_id", "segment_id"]}
# What reads these guesses at types, loses or re-writes values, or drops one of `Email` and `email`.
LOSSY = {"csv": "takes empty texts for NULL and ends values at line breaks", "json": "rewrites values and drops keys that differ in case only",
         "text": "has no columns", "xml": "rewrites values"}
RESULT = "part int, folder string, profiles long, customers long, rejected long, skipped long, posts long, status int, host string"


class Wrong(Exception):
    """What was typed or found does not do; nothing was made. Ends with 2."""


# --- what runs in the tasks ---


def binary_at(name):
    """The program: what came with `--files`, or a path that every machine has."""
    from pyspark import SparkFiles
    sent = SparkFiles.get(os.path.basename(name))
    path = sent if os.path.exists(sent) else name
    if not os.path.exists(path):
        raise Wrong(f"`{name}` is not on {socket.gethostname()}: send it along with `--files PATH/{TOOL}`")
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.strip()
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return path, said, digest.hexdigest()


def end_with_parent():
    """A task that is killed must not leave a transform behind that takes the end of its input for the end of the profiles."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def transformed(job, part, batches, local, log):
    """Runs the transform of one partition into `local`; gives its exit code and how many profiles it was given."""
    path, said, digest = binary_at(job["binary"])
    if (said, digest) != (job["said"], job["digest"]):
        raise RuntimeError(f"{socket.gethostname()} has another `{job['binary']}` than the driver: {said}, sha256 {digest}")
    place = tempfile.mkdtemp(dir=job["scratch"])
    profiles = 0
    try:
        for name, content in job["beside"].items():
            with open(f"{place}/{name}", "wb") as file:
                file.write(content)
        command = [os.path.abspath(path), "transform", "-", "-o", local, "--partition", f"{part}/{job['partitions']}",
                   "--values", job["values"], "--identifier", job["identifier"], *job["options"]]
        with open(log, "wb") as errors:
            process = subprocess.Popen(command, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors,
                                       preexec_fn=end_with_parent)
            try:
                for batch in batches:
                    odd = set(batch.column(0).unique().to_pylist()) - {part}
                    if odd:
                        raise RuntimeError(f"profiles of partitions {sorted(odd)[:5]} came to partition {part}")
                    profiles += batch.num_rows
                    process.stdin.write(text_of(batch.column(1)))
                process.stdin.close()
            except BrokenPipeError:
                pass  # It ended before its input did: its exit code and its words say why.
            except BaseException:
                process.kill()
                process.wait()
                raise
            return process.wait(), profiles
    finally:
        shutil.rmtree(place, ignore_errors=True)


def last_words(log):
    with open(log, "rb") as file:
        file.seek(max(0, os.path.getsize(log) - 8000))
        return file.read().decode("utf-8", "replace").strip()


def one_partition(job):
    """What a task does: one partition, into a folder of its own that is moved to its place when it is whole."""
    def run(batches):
        import pyarrow
        from pyspark import TaskContext
        task = TaskContext.get()
        part, attempt = task.partitionId(), uuid.uuid4().hex
        output = Folder(job["run"])
        mounted = output.system is None
        own = output.at(f".attempt-{part:05}-{attempt}") if mounted else tempfile.mkdtemp(dir=job["scratch"])
        os.makedirs(own, mode=0o700, exist_ok=True)
        local, log = f"{own}/batches", f"{own}/stderr"
        try:
            try:
                status, profiles = transformed(job, part, batches, local, log)
            finally:
                if os.path.exists(log):
                    kept = f"logs/{part:05}-{task.attemptNumber()}-{attempt[:8]}.txt"
                    with open(log, "rb") as file:
                        output.write(kept, file.read())
            if status not in (0, 3):
                raise RuntimeError(f"the transform of partition {part} of {job['partitions']} ended with {status} on "
                                   f"{socket.gethostname()}; all that it said is in {output.shown(kept)}:\n{last_words(log)}")
            with open(f"{local}/manifest.json", "rb") as file:
                content = file.read()
            manifest = json.loads(content)
            books = manifest["books"]
            profiles -= 1  # The empty row in front.
            if books["read"] != profiles or books.get("passed_over", 0):
                raise RuntimeError(f"Spark gave {profiles} profiles to partition {part}, and the transform read {books['read']} "
                                   f"and left {books.get('passed_over', 0)} of them to other partitions")
            name = f"part-{part:05}"
            if mounted:
                try:
                    os.rename(local, output.at(name))
                except OSError:
                    # Another attempt was first. Attempts at the same rows give the same bytes.
                    if output.read(f"{name}/manifest.json") != content:
                        raise RuntimeError(f"two attempts at partition {part} gave different batches: its tables changed "
                                           "while the job ran; run it again") from None
            else:
                name = f"{name}-{attempt[:8]}"
                output.upload(local, name)
        finally:
            shutil.rmtree(own, ignore_errors=True)
        row = [part, name, profiles, books["customers"], books["rejected"], books.get("skipped", 0),
               len(manifest["batches"]), status, socket.gethostname()]
        named = [column.split() for column in RESULT.split(", ")]
        yield pyarrow.RecordBatch.from_arrays([column_of(value, kind) for value, (_, kind) in zip(row, named)],
                                              [name for name, _ in named])
    return run


# --- what runs in the driver ---


def options(arguments):
    parser = argparse.ArgumentParser(
        prog="transform.py", description="Profiles Sync tables -> batches for Voucherify, on Spark",
        epilog="What stands behind `--` goes to `segment-to-voucherify transform` as it is.")
    parser.add_argument("--output", required=True, metavar="FOLDER",
                        help="local or mounted path that all machines share, or a URI of object storage")
    parser.add_argument("--values", required=True, choices=["json", "plain"],
                        help="what the texts of traits are: JSON, or text of which only objects and arrays are JSON")
    parser.add_argument("--schema", metavar="NAME", help="schema of the tables, or catalog and schema with a dot between")
    parser.add_argument("--table", action="append", default=[], metavar="TABLE=NAME",
                        help="another name for a table; `profile_merges=` where there is none")
    parser.add_argument("--read", action="append", default=[], metavar="TABLE=PATH",
                        help="read a table from files instead")
    parser.add_argument("--format", default="parquet", help="what those files are, as Spark calls it [parquet]")
    parser.add_argument("--identifier", default="user_id", metavar="TYPE", help="external id type saved as source_id [user_id]")
    parser.add_argument("--partitions", type=int, metavar="N", help="how many [as many as the cluster has cores]")
    parser.add_argument("--mapping", metavar="FILE", help="mapping file, on the driver")
    parser.add_argument("--metadata-schema", metavar="FILE", help="what the `schema` command saved, on the driver")
    parser.add_argument("--gather", action="store_true", help="make one folder of all partitions: FOLDER/batches")
    parser.add_argument("--keep-partitions", action="store_true", help="with --gather: leave the partitions there, too")
    parser.add_argument("--binary", default=TOOL, metavar="NAME", help="the program: a name given to --files, or a path")
    parser.add_argument("--scratch", metavar="FOLDER", help="local folder for temporary files [that of the system]")
    own, rest = (arguments[:arguments.index("--")], arguments[arguments.index("--") + 1:]) if "--" in arguments else (arguments, [])
    chosen = parser.parse_args(own)
    chosen.options, chosen.scratch = rest, os.path.abspath(chosen.scratch or tempfile.gettempdir())
    if chosen.format.lower() in LOSSY:
        raise Wrong(f"`--format {chosen.format}`: its reader in Spark {LOSSY[chosen.format.lower()]}; write the tables as Parquet first")
    if any(character in chosen.identifier for character in "\r\n;"):
        raise Wrong("`--identifier` holds a line break or a semicolon")
    if chosen.partitions is not None and not 1 <= chosen.partitions <= 4096:
        raise Wrong("`--partitions` takes 1 to 4096")
    if chosen.keep_partitions and not chosen.gather:
        raise Wrong("`--keep-partitions` belongs to `--gather`; without it partitions stay anyway")
    return chosen


def say(words):
    print(words, file=sys.stderr, flush=True)


def pairs(typed, option):
    found = dict(one.partition("=")[::2] for one in typed)
    if unknown := set(found) - set(TEXTS):
        raise Wrong(f"`{option} {unknown.pop()}=…`: a table is one of {', '.join(TEXTS)}")
    return found


def register(spark, chosen):
    """Makes files tables, and insists on columns whose values nobody has changed yet."""
    named, files = pairs(chosen.table, "--table"), pairs(chosen.read, "--read")
    if files and (chosen.schema or not {"user_traits", "user_identifiers"} <= set(files)):
        raise Wrong("`--read` takes the place of `--schema`: give `user_traits`, `user_identifiers` and, if there, `profile_merges`")
    if files and "profile_merges" not in files:
        named["profile_merges"] = ""
    if twice := [table for table in files if named.get(table)]:
        raise Wrong(f"`{twice[0]}` is given by `--read` and by `--table`")
    for table, texts in TEXTS.items():
        name = named.get(table, table)
        if name:
            whole = f"{chosen.schema}.{name}" if chosen.schema and "." not in name else name
            try:
                if table in files:
                    spark.read.format(chosen.format).load(files[table]).createOrReplaceTempView(table)
                fields = spark.table(whole).schema
            except Exception as error:
                raise Wrong(f"`{files.get(table, whole)}` cannot be read as `{table}`: {error}") from error
            check(whole, {field.name.lower(): field.dataType.simpleString() for field in fields}, texts)
    return [word for table, name in named.items() for word in ("--table", f"{table}={name}")]


def check(table, kinds, texts):
    for column in [*texts, "seq"]:
        kind = kinds.get(column)
        if kind is None:
            raise Wrong(f"`{table}` has no column `{column}`")
        if column == "seq" and kind not in ("tinyint", "smallint", "int", "bigint") and not kind.startswith("decimal"):
            raise Wrong(f"`seq` of `{table}` is {kind}, which does not order as whole numbers do")
        if column != "seq" and not kind.startswith(("string", "varchar", "char")):
            raise Wrong(f"`{column}` of `{table}` is {kind}: make a view that gives the text as it came; a number, a VARIANT or "
                        "a structure was rewritten already")


def shares(spark, partitions):
    """For each partition a number whose hash leads to the task of the same number, so that each task has one partition."""
    tried = 32 * partitions
    while True:
        rows = spark.sql(f"SELECT pmod(hash(id), {partitions}) AS task, id FROM range({tried})").collect()
        found = {row.task: row.id for row in rows}
        if len(found) == partitions:
            return [found[task] for task in range(partitions)]
        tried *= 2


def unloaded(spark, path, chosen, tables):
    """One row a profile, in the task of its partition and in order; and in front of each partition an empty row, so that
    none is left out, whatever Spark thinks of empty partitions."""
    from pyspark.sql import functions as f
    command = [path, "warehouse", "spark", "--to", "unused", "--partitions", str(chosen.partitions),
               "--identifier", chosen.identifier, *tables, *(["--schema", chosen.schema] if chosen.schema else [])]
    printed = subprocess.run(command, capture_output=True, text=True)
    if printed.returncode:
        raise Wrong(printed.stderr.strip())
    script = printed.stdout
    spark.sql(script[script.index("CREATE OR REPLACE TEMPORARY VIEW"):].partition(";\n")[0])
    profiles = spark.table("profiles_to_unload").select("part", "id", f.concat("line", f.lit("\n")).alias("line"))
    empty = spark.range(chosen.partitions).select(f.col("id").cast("int").alias("part"), f.lit("").alias("id"), f.lit("").alias("line"))
    numbers = f.lit(shares(spark, chosen.partitions)).cast("array<bigint>")  # A number hashes by its type.
    divided = profiles.unionAll(empty).repartition(chosen.partitions, f.element_at(numbers, f.col("part") + 1))
    return divided.sortWithinPartitions("id").select("part", "line")


def rehearse(job):
    """Options that do not do are told before Spark begins."""
    place = tempfile.mkdtemp(dir=job["scratch"])
    try:
        status, _ = transformed(job, 0, [], f"{place}/batches", f"{place}/stderr")
        if status:
            raise Wrong(last_words(f"{place}/stderr"))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def gathered(job, output, run, rows):
    """Makes one folder of the partitions: `batches`."""
    place = None
    try:
        if output.system is None:
            folders, target = [output.at(f"{run}/{row.folder}") for row in rows], output.at("batches")
        else:
            place = tempfile.mkdtemp(dir=job["scratch"])
            folders, target = [f"{place}/{row.folder}" for row in rows], f"{place}/batches"
            for row in rows:
                output.download(f"{run}/{row.folder}", f"{place}/{row.folder}")
        told = subprocess.run([TOOL, "gather", *folders, "-o", target], executable=job["path"], text=True,
                              stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        say(told.stderr.strip())
        if told.returncode:
            raise RuntimeError(f"`gather` ended with {told.returncode}; the partitions stay in {output.shown(run)}")
        if place:
            output.upload(target, "batches")
    finally:
        if place:
            shutil.rmtree(place, ignore_errors=True)


def only_keep(output, run, kept):
    for name in set(output.names(run)) - kept:
        output.remove(f"{run}/{name}")
    if not output.names(run):
        output.remove(run)


def work(spark, chosen, begun):
    for module in (columns, folders):
        spark.sparkContext.addPyFile(module.__file__)
    tables = register(spark, chosen)
    path, said, digest = binary_at(chosen.binary)
    if said != f"{TOOL} {VERSION}":
        raise Wrong(f"this application is that of {TOOL} {VERSION}, and `{chosen.binary}` says `{said}`")
    chosen.partitions = chosen.partitions or min(spark.sparkContext.defaultParallelism, 4096)
    output, run, beside, more = Folder(chosen.output), f"run-{uuid.uuid4().hex[:12]}", {}, list(chosen.options)
    for option, file in [("--mapping", chosen.mapping), ("--metadata-schema", chosen.metadata_schema)]:
        if file:
            with open(file, "rb") as opened:
                beside[os.path.basename(file)] = opened.read()
            more += [option, os.path.basename(file)]
    if "--threads" not in more:
        more += ["--threads", spark.conf.get("spark.task.cpus", "1")]
    job = {"binary": chosen.binary, "path": path, "said": said, "digest": digest, "partitions": chosen.partitions, "beside": beside,
           "values": chosen.values, "identifier": chosen.identifier, "options": more, "scratch": chosen.scratch,
           "run": f"{output.root}/{run}"}
    rehearse(job)
    before = json.loads(output.read("partitions.json"))["run"] if "partitions.json" in output.names() else None
    for left in (name for name in output.names() if name.startswith("run-") and name != before):
        say(f"note: {output.shown(left)} was left by a job that did not end; where none is running, it can be deleted")
    begun.append((output, run))
    rows = unloaded(spark, path, chosen, tables).mapInArrow(one_partition(job), RESULT).collect()
    rows.sort(key=lambda row: row.part)
    if [row.part for row in rows] != list(range(chosen.partitions)):
        raise RuntimeError(f"of {chosen.partitions} partitions {len(rows)} came back: run the job again")
    only_keep(output, run, {row.folder for row in rows} | {"logs"})
    begun.clear()
    total = {name: sum(row[name] for row in rows) for name in ["profiles", "customers", "rejected", "skipped", "posts"]}
    say(f"{TOOL}: {total['profiles']} profiles = {total['customers']} customers + {total['rejected']} rejected"
        + f" + {total['skipped']} skipped, in {chosen.partitions} partitions")
    listed = {"run": run, "tool": said, "partitions": chosen.partitions,
              "folders": [f"{run}/{row.folder}" for row in rows], "books": total}
    output.write("partitions.json", json.dumps(listed, indent=2).encode() + b"\n")
    if before:
        output.remove(before)
    if chosen.gather:
        gathered(job, output, run, rows)
        if not chosen.keep_partitions:
            output.remove("partitions.json")
            output.remove(run)
        say(f"{TOOL}: done: {output.shown('batches')}")
    else:
        say(f"{TOOL}: done; next: {TOOL} gather {output.shown(run)}/part-* -o batches")
    print(json.dumps(listed), flush=True)
    return 3 if any(row.status == 3 for row in rows) else 0


def main(arguments):
    from pyspark.sql import SparkSession
    try:
        chosen = options(arguments)
    except Wrong as error:
        say(f"error: {error}")
        return 2
    # Batches of rows that are small, since profiles may be wide.
    spark = (SparkSession.builder.appName(TOOL).config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000").getOrCreate())
    begun = []
    try:
        return work(spark, chosen, begun)
    except Wrong as error:
        say(f"error: {error}")
        return 2
    except Exception as error:
        say(f"error: {error}\nhint: run it again; what was there before stays, and of this run only what its attempts said")
        return 1
    finally:
        spark.stop()
        # Tasks that were on their way have ended now.
        for output, run in begun:
            only_keep(output, run, {"logs"})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
