"""What a hostile input costs in memory: prints a row for each, and fails where one costs 300 MB or more.

Usage: memory.py PROGRAM [GUARD IN GIB, 2 unless told] [a group of rows, words that a row's name must hold]
Groups: gzipped_inputs, four_gigabytes, small_values, plain_files, bodies.
"""

import gzip
import http.server
import json
import os
import resource
import shutil
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

PROGRAM = os.path.abspath(sys.argv[1])
GUARD = int(sys.argv[2]) << 30 if len(sys.argv) > 2 else 2 << 30
ONLY = sys.argv[3:]
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fixtures/migration")
GIGABYTE = 1 << 30
BODY = 600 << 20
MOST = 300
GROUPS = ("gzipped_inputs", "four_gigabytes", "small_values", "plain_files", "bodies")
PERSON = {"segment_id": "use_1", "external_ids": [{"id": "u-1", "type": "user_id"}], "traits": {"name": "Ada"}}
KEYS = {
    "SEGMENT_SPACE_ID": "space", "SEGMENT_ACCESS_TOKEN": "token",
    "VOUCHERIFY_APPLICATION_ID": "application", "VOUCHERIFY_SECRET_KEY": "secret",
}  # fmt: skip
rows = []


def compressed(pieces):
    squeeze = zlib.compressobj(9, wbits=31)
    return b"".join([squeeze.compress(piece) for piece in pieces] + [squeeze.flush()])


def repeated(piece, times):
    """The same as one member that holds a piece so often: what a block of it becomes is the same each time."""
    squeeze = zlib.compressobj(9, wbits=-15)
    block = squeeze.compress(piece) + squeeze.flush(zlib.Z_FULL_FLUSH)
    end, checksum = squeeze.flush(), 0
    for _ in range(times):
        checksum = zlib.crc32(piece, checksum)
    header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return header + block * times + end + struct.pack("<II", checksum, len(piece) * times & 0xFFFFFFFF)


def inflating():
    """A little that inflates to much."""
    yield "1 GB in one line", repeated(b"x" * (1 << 20), 1 << 10)
    yield "10,000,000 lines of one byte", repeated(b"x\n" * 100_000, 100)
    yield "1 GB in 16,384 members", gzip.compress(b"x\n" * (1 << 15), mtime=0) * (1 << 14)


def measure(name, words, folder, environment=None):
    """Runs the program, and notes how it ended and the most memory that it had."""
    if any(word not in name for word in ONLY if word not in GROUPS):
        return
    begun = time.monotonic()
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (GUARD, GUARD))
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [PROGRAM, *words], cwd=folder, env={"PATH": os.environ["PATH"], **KEYS, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, preexec_fn=limit,
        )  # fmt: skip
        most = 0
        while child.poll() is None:
            try:
                with open(f"/proc/{child.pid}/status", encoding="ascii", errors="replace") as status:
                    for line in status:
                        if line.startswith("VmHWM:"):
                            most = max(most, int(line.split()[1]) >> 10)
            except OSError:
                pass
            if time.monotonic() - begun > 240:
                child.kill()
            time.sleep(0.002)
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip().splitlines()
    lines = [line for line in said if line.startswith("error")] or said[-1:] or [""]
    rows.append((name, child.returncode, most))
    wrong = " WRONG" if most >= MOST or child.returncode not in (0, 1, 2, 3) or "panicked" in " ".join(said) else ""
    seconds = time.monotonic() - begun
    print(f"| {name} | {child.returncode} | {most} MB | {seconds:.1f} s |{wrong} {lines[0][:150]}", flush=True)


class Folder:
    """A copy of a small migration, to be spoilt."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="faults-memory-")
        shutil.copytree(FIXTURES, self.path, dirs_exist_ok=True)
        self.target = os.path.join("batches/receipts", os.listdir(os.path.join(self.path, "batches/receipts"))[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def put(self, name, pieces):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            for piece in [pieces] if isinstance(pieces, bytes) else pieces:
                file.write(piece)

    def list_as_it_is(self, part):
        """Lets the archive's manifest list a part as it is by now."""
        path = os.path.join(self.path, "export/manifest.json")
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        file = os.path.join(self.path, "export", part)
        digest = subprocess.run(["sha256sum", file], capture_output=True, check=True, text=True).stdout[:64]
        manifest["parts"][0] |= {"bytes": os.path.getsize(file), "sha256": digest}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(manifest, file)


def gzipped_inputs():
    for what, data in inflating():
        with Folder() as folder:
            folder.put("input", data)
            measure(f"{what}, `transform FILE`", ["transform", "input", "-o", "new"], folder.path)
            measure(f"{what}, `inspect FILE`", ["inspect", "input"], folder.path)
            folder.put("export/profiles-000001.ndjson.gz", data)
            folder.list_as_it_is("profiles-000001.ndjson.gz")
            measure(f"{what}, as part, `transform`", ["transform", "-o", "new"], folder.path)
            measure(f"{what}, as part, `explain`", ["explain", "user-7"], folder.path)
            measure(f"{what}, as part, `status --verify`", ["status", "--verify"], folder.path)
        for file in ("batch-000001.json.gz", "origins-000001.csv.gz"):
            with Folder() as folder:
                folder.put(f"batches/{file}", data)
                kind = file.split("-", maxsplit=1)[0]
                for words in (["explain", "user-7"], ["status", "--verify"], ["report"], ["diff", "batches", "batches"]):
                    measure(f"{what}, as {kind}, `{' '.join(words[:2])}`", words, folder.path)
                measure(f"{what}, as {kind}, `upload --dry-run`", ["upload", "--dry-run"], folder.path,
                        {"VOUCHERIFY_API_URL": "http://127.0.0.1:9"})  # fmt: skip
        with Folder() as folder:
            outcomes = os.path.join(folder.target, "outcomes")
            receipts = [name for name in os.listdir(os.path.join(folder.path, folder.target)) if name.startswith("batch-")]
            for receipt in receipts:
                with open(os.path.join(folder.path, folder.target, receipt), encoding="utf-8") as file:
                    folder.put(f"{outcomes}/{json.load(file)['sha256']}.csv.gz", data)
            measure(f"{what}, as outcomes, `explain`", ["explain", "user-7"], folder.path)
            measure(f"{what}, as outcomes, `report`", ["report"], folder.path)
    many_files()


def many_files():
    """What several files take that are inflated at a time, on few threads and on many."""
    begin = b'{"segment_id":"use_1","external_ids":[{"id":"u-1","type":"user_id"}],"traits":{"a":'
    text = begin + b'"' + b"x" * (15 << 20) + b'"}}\n'
    numbers = begin + b"[" + b"1," * 7_800_000 + b"1]}}\n"
    names = begin + b"1" + b"".join(b',"n%d":1' % number for number in range(1_000_000)) + b"}}\n"
    for what, data in (
        ("5,000,000 lines of one byte", repeated(b"x\n" * 100_000, 50)),
        ("60,000 lines of one byte", repeated(b"x\n" * 60_000, 1)),
        ("1 GB in one line", repeated(b"x" * (1 << 20), 1 << 10)),
        ("4 lines of 15 MiB", repeated(text, 4)),
        ("1 line of 15 MiB", repeated(text, 1)),
        ("2 lines of 7,800,000 numbers", repeated(numbers, 2)),
        ("2 lines of 1,000,000 names", repeated(names, 2)),
    ):
        with Folder() as folder:
            for number in range(15):
                folder.put(f"in/{number:02}", data)
            for threads in ("2", "8"):
                words = ["transform", "in", "--values", "json", "-o", "new", "--threads", threads]
                measure(f"15 files of {what}, `transform --threads {threads}`", words, folder.path)
            measure(f"15 files of {what}, `inspect`", ["inspect", "in"], folder.path)


def four_gigabytes():
    with Folder() as folder:
        folder.put("batches/batch-000001.json.gz", repeated(b"x" * (1 << 20), 1 << 12))
        measure("4 GB as batch, `explain`", ["explain", "user-7"], folder.path)
        measure("4 GB as batch, `upload`", ["upload"], folder.path, {"VOUCHERIFY_API_URL": "http://127.0.0.1:9"})
        measure("4 GB as batch, `upload FILE`", ["upload", "batches/batch-000001.json.gz"], folder.path,
                {"VOUCHERIFY_API_URL": "http://127.0.0.1:9"})  # fmt: skip


def small_values():
    """What is built of the shortest values takes a hundred times their length."""
    people = json.dumps(PERSON).encode()
    schema = b'{"schemas":[{"related_object":"customer","properties":{%s}}]}'
    with Folder() as folder:
        folder.put("people", people)
        for what, inner in (
            ("3,000,000 keys", b",".join(b'"k%d":{}' % number for number in range(3_000_000))),
            ("28,000,000 numbers", b'"k":{"a":[' + b"1," * 28_000_000 + b"1]}"),
            ("250,000 keys", b",".join(b'"k%d":{}' % number for number in range(250_000))),
            ("2,000,000 numbers", b'"k":{"a":[' + b"1," * 2_000_000 + b"1]}"),
        ):
            folder.put("schema", schema % inner)
            measure(f"{what}, `transform --metadata-schema`", ["transform", "people", "--metadata-schema", "schema", "-o", "new"], folder.path)
        for size in (2, 20):
            folder.put("mapping", b"x\n" * (size << 19))
            measure(f"{size} MB of lines of one byte, `transform --mapping`", ["transform", "people", "--mapping", "mapping", "-o", "new"], folder.path)
    for what, inner in (("objects", b"{},"), ("numbers", b"1,"), ("texts", b'"",')):
        with Folder() as folder:
            names = sorted(os.listdir(os.path.join(folder.path, folder.target)))
            receipt = next(name for name in names if name.startswith("batch-"))
            with open(os.path.join(folder.path, folder.target, receipt), encoding="utf-8") as file:
                value = json.load(file)
            for member in ("errors", "pieces", "unknown"):
                spoilt = json.dumps({**value, member: ["@"]}).encode().replace(b'"@"', inner * ((60 << 20) // len(inner)) + inner[:-1])
                folder.put(f"{folder.target}/{receipt}", spoilt)
                measure(f"60 MB of {what} as {member} of a receipt, `status`", ["status"], folder.path)
        for manifest, members in (("export", ("parts", "unknown")), ("batches", ("batches", "inputs", "options"))):
            for member in members:
                with Folder() as folder:
                    path = os.path.join(folder.path, manifest, "manifest.json")
                    with open(path, encoding="utf-8") as file:
                        value = json.load(file)
                    spoilt = json.dumps({**value, member: ["@"]}).encode().replace(b'"@"', inner * ((60 << 20) // len(inner)) + inner[:-1])
                    folder.put(f"{manifest}/manifest.json", spoilt)
                    measure(f"60 MB of {what} as {member} of the manifest of {manifest}, `status`", ["status"], folder.path)
        with Folder() as folder:
            folder.put("batch", b"[" + inner * ((60 << 20) // len(inner)) + inner[:-1] + b"]")
            here = {"VOUCHERIFY_API_URL": "http://127.0.0.1:9"}
            measure(f"60 MB of {what} as batch, `upload --dry-run`", ["upload", "--dry-run", "batch"], folder.path, here)
            folder.put("line", b'{"segment_id":"use_1","external_ids":[%s],"traits":{"a":[%s]}}\n' % (inner * 4_000_000 + inner[:-1], inner * 4_000_000 + inner[:-1]))
            for words in (["transform", "line", "-o", "new"], ["inspect", "line"]):
                measure(f"4,000,000 {what} in a line, `{words[0]}`", words, folder.path)
    with Folder() as folder:
        folder.put("batch", b"[" + b",".join(b'{"source_id":"%d"}' % number for number in range(2_600_000)) + b"]")
        measure("2,600,000 customers as batch, `upload --dry-run`", ["upload", "--dry-run", "batch"], folder.path, {"VOUCHERIFY_API_URL": "http://127.0.0.1:9"})


def plain_files():
    def one_line(begin=b"", size=GIGABYTE):
        yield begin
        for _ in range(size >> 20):
            yield b"x" * (1 << 20)

    def lines():
        for _ in range(100):
            yield b"x\n" * 100_000

    segment = {"SEGMENT_API_URL": "http://127.0.0.1:9"}
    for what, make in (("1 GB in one line", one_line), ("10,000,000 lines of one byte", lines)):
        with Folder() as folder:
            folder.put("export/listing.ndjson", make())
            path = os.path.join(folder.path, "export/manifest.json")
            with open(path, encoding="utf-8") as file:
                manifest = json.load(file)
            manifest.pop("verdict", None)
            manifest["options"] |= {"api_url": "http://127.0.0.1:9/", "space_id": "space"}
            with open(path, "w", encoding="utf-8") as file:
                json.dump(manifest, file)
            words = ["export", "--part-size", str(manifest["options"]["part_size"])]
            measure(f"{what}, as listing, `export`", words, folder.path, segment)
            measure(f"{what}, as listing, `status --verify`", ["status", "--verify"], folder.path)
        with Folder() as folder:
            for file in ("rejects.csv", "warnings.csv"):
                folder.put(f"batches/{file}", make())
            for words in (["explain", "user-7"], ["status"], ["report"], ["transform"]):
                measure(f"{what}, as tables of findings, `{words[0]}`", words, folder.path)
        with Folder() as folder:
            folder.put("file", make())
            for words in (
                ["transform", "--corrections", "file", "-o", "new"], ["transform", "--mapping", "file", "-o", "new"],
                ["transform", "--metadata-schema", "file", "-o", "new"], ["transform", "--env-file", "file", "-o", "new"],
            ):  # fmt: skip
                measure(f"{what}, `{' '.join(words[:2])}`", words, folder.path)
            measure(f"{what}, `export --ids-from`", ["export", "--ids-from", "file", "-o", "new", "--dry-run"], folder.path, segment)
    spaces = b" " * (1 << 20)
    for size, kind in ((100, "100 MB"), (600, "600 MB")):
        for manifest in ("export", "batches"):
            with Folder() as folder:
                folder.put(f"{manifest}/manifest.json", [b'{"kind":"archive",', *[spaces] * size, b'"format":1}'])
                for words in (["status"], ["transform", "-o", "new"], ["explain", "user-7"]):
                    measure(f"{kind} as manifest of {manifest}, `{words[0]}`", words, folder.path)
    with Folder() as folder:
        receipt = next(name for name in sorted(os.listdir(os.path.join(folder.path, folder.target))) if name.endswith(".json"))
        folder.put(f"{folder.target}/{receipt}", [b"{", *[spaces] * 600, b"}"])
        for words in (["status"], ["explain", "user-7"], ["report"]):
            measure(f"600 MB as receipt, `{words[0]}`", words, folder.path)
    names = b'{"segment_id":"use_%d","external_ids":{"user_id":"u-%d"},"traits":{%s}}\n'
    with Folder() as folder:
        many = lambda at: b",".join(b'"name_%d":%d' % (number, number) for number in range(at * 100, at * 100 + 100))
        folder.put("names", [names % (at, at, many(at)) for at in range(4_000)])
        measure("400,000 names of traits, `inspect`", ["inspect", "names"], folder.path)
        measure("400,000 names of traits, `transform`", ["transform", "names", "-o", "new"], folder.path)


NOW = "2026-01-01T00:00:00.000Z"
HOW = ("600 MB of JSON, chunked", "600 MB of JSON in 0.6 MB of gzip", "60 MB of numbers", "60 MB of objects")
NUMBERS = b'{"x":[' + b"1," * (30 << 20) + b'1],"data":1,"traits":1,"schemas":1,"async_actions":1}'
OBJECTS = b'{"data":[' + b"{}," * (20 << 20) + b'{}],"cursor":{"next":""}}'


class Answers(http.server.BaseHTTPRequestHandler):
    """Both APIs, as far as one run needs them; a chosen call is answered without measure."""

    protocol_version = "HTTP/1.1"
    huge, how, fields = "", "", []
    squeezed = compressed([b'{"x":"', *[b"x" * (1 << 20)] * (BODY >> 20), b'"}'])

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer("GET")

    def do_POST(self):
        self.answer("POST")

    def do_DELETE(self):
        self.answer("DELETE")

    def answer(self, method):
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.partition("?")[0]
        name, body = self.plain(method, path)
        if name == "export, asked for":
            type(self).fields = json.loads(sent)["parameters"]["fields"][:-1]
        if name == type(self).huge:
            self.without_measure()
            return
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def plain(self, method, path):
        last = path.rsplit("/", 1)[-1]
        if path.endswith("/profiles"):
            return "list", {"data": [{"segment_id": "use_1"}], "cursor": {"has_more": False}}
        if last == "external_ids":
            return "external ids", {"data": PERSON["external_ids"], "cursor": {"has_more": False}}
        if last == "traits":
            return "traits", {"traits": PERSON["traits"], "cursor": {"has_more": False}}
        if last == "async":
            return "bulk", {"async_action_id": "aa_1"}
        if path.endswith("/async-actions"):
            return "list of actions", {"async_actions": [{"id": "aa_1", "status": "DONE"}]}
        if "/async-actions/" in path:
            report = f"http://{self.headers['host']}/report"
            result = {"done_count": 1, "failed_count": 0, "reports": [report]}
            return "action", {"id": "aa_1", "status": "DONE", "operation_status": "SUCCESS", "result": result}
        if path == "/report":
            return "report", b"source_id,found,updated\nu-1,true,true\n"
        if path.endswith("/metadata-schemas"):
            return "metadata schemas", {"schemas": []}
        if path.endswith("/exports") and method == "POST":
            return "export, asked for", {"id": "exp_1", "status": "SCHEDULED"}
        if "/exports/" in path:
            url = f"http://{self.headers['host']}/download"
            return f"export, {method}", {"id": "exp_1", "status": "DONE", "result": {"url": url}}
        if path == "/download":
            known = {"source_id": "u-1", "created_at": NOW, "updated_at": NOW, "id": "cust_1", "name": "Ada"}
            row = [known.get(field, "") for field in type(self).fields]
            return "download", "".join(",".join(cells) + "\n" for cells in (type(self).fields, row)).encode()
        return "customer", {"source_id": "u-1"}

    def without_measure(self):
        self.send_response(200)
        self.send_header("content-type", "application/json")
        whole = {HOW[1]: self.squeezed, HOW[2]: NUMBERS, HOW[3]: OBJECTS}.get(type(self).how)
        try:
            if whole:
                if whole is self.squeezed:
                    self.send_header("content-encoding", "gzip")
                self.send_header("content-length", str(len(whole)))
                self.end_headers()
                self.wfile.write(whole)
                return
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in [b'{"x":"', *[b"x" * (1 << 20)] * (BODY >> 20), b'"}']:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


def bodies():
    server = Server(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    here = {"SEGMENT_API_URL": url, "VOUCHERIFY_API_URL": url}
    for endpoint, words in (
        ("list", ["export"]), ("external ids", ["export", "--max-failures", "0"]), ("traits", ["export", "--max-failures", "0"]),
        ("bulk", ["upload"]), ("list of actions", ["upload"]), ("action", ["upload"]), ("report", ["upload"]),
        ("metadata schemas", ["schema"]), ("export, asked for", ["verify"]), ("export, GET", ["verify"]),
        ("download", ["verify"]), ("export, DELETE", ["verify"]), ("customer", ["verify", "--sample", "1"]),
    ):  # fmt: skip
        for how in HOW:
            with tempfile.TemporaryDirectory(prefix="faults-memory-") as folder:
                with open(os.path.join(folder, "people"), "w", encoding="utf-8") as file:
                    nested = {**PERSON, "traits": {"name": "Ada", "company": {"a": 1}}}
                    file.write(json.dumps(nested) + "\n")
                Answers.huge = ""
                environment = {"PATH": os.environ["PATH"], **KEYS, **here}
                prepare = [["transform", "people"]] + ([["upload"]] if words[0] == "verify" else [])
                for command in prepare:
                    subprocess.run([PROGRAM, *command], cwd=folder, env=environment, capture_output=True, check=False)
                Answers.huge, Answers.how = endpoint, how
                measure(f"{how}, {endpoint}, `{words[0]}`", words, folder, here)
    server.shutdown()


for group in (gzipped_inputs, four_gigabytes, small_values, plain_files, bodies):
    if group.__name__ in ONLY or not any(word in GROUPS for word in ONLY):
        group()
worst = max((most for _, _, most in rows), default=0)
print(f"{len(rows)} inputs, at most {worst} MB")
sys.exit(0 if worst < MOST else 1)
