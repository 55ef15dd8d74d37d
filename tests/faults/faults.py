"""Disturbs every scenario at its system calls and holds what becomes of it against an undisturbed run."""

import base64
import contextlib
import csv
import glob
import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from concurrent.futures import ProcessPoolExecutor

import scenarios

ERRORS = ["ENOSPC", "EIO", "EACCES"]
KINDS = ["write", "fsync", "open", "rename", "unlink", "mkdir", "link"]
POWER = ["cut", "cut-contents"]
# What differs between two runs of the same: clocks, what the server made up, how often something was tried.
VOLATILE = {
    "started_at", "updated_at", "calls", "async_action_id", "attempts", "submitted_at", "finished_at", "finished_there", "created_at",
    "checked_at", "processing_time", "processing_ms", "verified_at", "at", "took", "taken_at", "planned_at",
}
# The same in tables: ids and clock times of the server.
MADE_UP = re.compile(rb"cust_[A-Za-z0-9]{24}|20\d\d-\d\d-\d\dT[0-9:.]+Z")
# What is said where something is left out for which nothing stops: a report of the server, and whom customers come from.
TOLD = ("cannot be kept on this machine", "customers are told without their profiles")
SHIM, PROGRAM = (os.path.abspath(path) for path in sys.argv[1:3])
PLACES = int(sys.argv[3]) if len(sys.argv) > 3 else 0


def ports():
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


class World:
    """A folder where commands run, and at most one server beside it."""

    def __init__(self, home):
        self.home, self.root = home, os.path.join(home, "root")
        self.ports, self.child, self.options = ports(), None, None
        os.makedirs(self.root)

    def environment(self):
        segment, voucherify = self.ports
        return {
            "PATH": os.environ["PATH"],
            "TMPDIR": os.path.join(self.root, "tmp"),
            "SEGMENT_API_URL": f"http://127.0.0.1:{segment}",
            "SEGMENT_SPACE_ID": "sandbox-space",
            "SEGMENT_ACCESS_TOKEN": "sandbox-token",
            "VOUCHERIFY_API_URL": f"http://127.0.0.1:{voucherify}",
            "VOUCHERIFY_APPLICATION_ID": "sandbox-application",
            "VOUCHERIFY_SECRET_KEY": "sandbox-secret",
        }

    def run(self, words, code=0, before=()):
        os.makedirs(os.path.join(self.root, "tmp"), exist_ok=True)
        command = [*before, PROGRAM, *words]
        done = subprocess.run(command, cwd=self.root, env=self.environment(), capture_output=True, timeout=900, check=False)
        if code is not None and done.returncode != code:
            words = done.stderr.decode(errors="replace")
            raise AssertionError(f"{command} ended with {done.returncode}, not {code}:\n{words}")
        return done

    @contextlib.contextmanager
    def server(self, options):
        self.start(options)
        try:
            yield
        finally:
            self.stop()

    def start(self, options):
        words = [PROGRAM, "sandbox", "--port-segment", str(self.ports[0]), "--port-voucherify", str(self.ports[1])]
        words += ["--queue-ms", "1", *options]
        self.child = subprocess.Popen(words, cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in self.child.stdout:
            if line.startswith(b"export VOUCHERIFY_SECRET_KEY"):
                return
        raise AssertionError(f"no sandbox: {words}")

    def stop(self):
        if self.child:
            self.child.kill()
            self.child.wait()
            self.child.stdout.close()
            self.child = None

    def keep_server(self, options):
        """A server that stays, since what it holds belongs to the scenario."""
        self.start(options)

    def write(self, name, text):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def glob(self, pattern):
        return glob.glob(os.path.join(self.root, pattern))

    def table(self, name):
        with open(os.path.join(self.root, name), encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def segment_ids(self, options):
        self.run(["sandbox", "--single-file", "people.gz", *options])
        path = os.path.join(self.root, "people.gz")
        with gzip.open(path) as lines:
            ids = [json.loads(line)["segment_id"] for line in lines]
        os.remove(path)
        return ids

    def customers(self):
        """What the project holds, but for what the server makes up itself."""
        if not self.child:
            return None
        found, page = {}, 1
        while True:
            url = f"http://127.0.0.1:{self.ports[1]}/v1/customers?limit=100&page={page}"
            headers = {"X-App-Id": "sandbox-application", "X-App-Token": "sandbox-secret"}
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
                listed = json.load(answer)["customers"]
            for customer in listed:
                found[customer["source_id"]] = {key: value for key, value in customer.items() if key not in ("id", "created_at", "updated_at")}
            if len(listed) < 100:
                return found
            page += 1

    def content(self):
        """Every file but locks, without what differs from run to run."""
        content = {}
        for folder, _, files in os.walk(self.root):
            for name in files:
                if name == ".lock":
                    continue
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    data = file.read()
                content[os.path.relpath(path, self.root)] = steady(path, data)
        return put_together(content)


def steady(path, data):
    name = os.path.basename(path)
    try:
        if name.endswith(".gz"):
            data = gzip.decompress(data)
        if name.endswith(".json"):
            value = without(json.loads(data))
            if name == "about.json":
                # Of a file that holds what the server made up.
                value.pop("sha256")
            return value
        if "/before-" in path or "/undo-" in path:
            # Whoever was deleted before anybody could write it down is found gone.
            data = MADE_UP.sub(b"-", data).replace(b',"why":"was gone already"', b"").replace(b"was gone already", b"")
        if name.endswith((".csv.gz", "outcomes.csv")):
            # Whoever was created by a request of which nobody heard is updated by the one that repeats it.
            return data.replace(b",created,", b",written,").replace(b",updated,", b",written,")
    except (ValueError, OSError, EOFError):
        return base64.b64encode(data).decode()
    if name.endswith(".html"):
        # The page tells clock times, and calls as they were made.
        return len(data) > 5000
    return data


def put_together(content):
    """Where parts and files of hashes begin and end may differ after an orderly end: what they hold together may not."""
    for name in [name for name, value in content.items() if name.endswith("manifest.json") and isinstance(value, dict)]:
        folder, parts = os.path.dirname(name), content[name].pop("parts", [])
        lines = [line for part in parts for line in content.pop(os.path.join(folder, part["file"]), b"").splitlines()]
        content[os.path.join(folder, "profiles")] = sorted(lines)
    taken = {}
    for name in sorted(name for name in content if name.endswith(".hashes")):
        for line in content.pop(name).split(b"\n")[:-1]:
            identifier, held = line.split(b" ")
            taken[os.path.dirname(name), identifier] = held
    return content | {"taken": taken}


def without(value):
    if isinstance(value, dict):
        return {key: without(inner) for key, inner in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [without(inner) for inner in value]
    return value


def difference(one, other):
    names = sorted(set(one) | set(other))
    told = [f"{name}: {'missing' if name not in one else 'left over' if name not in other else 'differs'}" for name in names if one.get(name) != other.get(name)]
    return ", ".join(told[:6])


class Disturbed:
    """One scenario, disturbed again and again."""

    def __init__(self, scenario, home):
        self.scenario, self.world = scenario, World(home)
        scenario.before(self.world)
        self.base = os.path.join(home, "base")
        shutil.copytree(self.world.root, self.base)
        self.wrong, self.tried = [], {"errors": 0, "kills": 0, "power losses": 0}

    def again(self):
        shutil.rmtree(self.world.root)
        shutil.copytree(self.base, self.world.root)
        if self.scenario.sandbox is not None:
            self.world.stop()
            self.world.start(self.scenario.sandbox)
        if self.scenario.filled:
            self.scenario.filled(self.world)

    def shim(self, kind, action, place):
        log, store = (os.path.join(self.world.home, name) for name in ("log", "store"))
        shutil.rmtree(store, ignore_errors=True)
        os.makedirs(store)
        done = self.world.run(self.scenario.command, None, [SHIM, self.world.root, log, kind, action, str(place), store])
        with open(log, encoding="utf-8") as file:
            return done, json.load(file)

    def calm(self):
        self.again()
        done, calls = self.shim("any", "none", 0)
        words = done.stderr.decode(errors="replace")
        assert done.returncode == self.scenario.code, f"{self.scenario.name} ended with {done.returncode}:\n{words}"
        return done.stdout if "-" in self.scenario.command else b"", self.world.content(), self.world.customers(), calls

    def everything(self):
        first, second = self.calm(), self.calm()
        assert first[:3] == second[:3], f"{self.scenario.name}: two undisturbed runs differ: {difference(first[1], second[1])}"
        self.expected, calls = first[:3], first[3]
        for kind in KINDS:
            for number, place in enumerate(places(calls[kind], PLACES or 1, PLACES == 0)):
                self.disturb(kind, ERRORS[(number + KINDS.index(kind)) % 3], place)
                self.disturb(kind, "kill", place)
        for number, place in enumerate(places(calls["any"], PLACES or 3, PLACES == 0)):
            for action in POWER if PLACES else [POWER[number % 2]]:
                self.disturb("any", action, place)
        self.world.stop()

    def disturb(self, kind, action, place):
        self.again()
        try:
            failed, log = self.shim(kind, action, place)
            if not log["hit"]:
                return
            book = "power losses" if action in POWER else "kills" if action == "kill" else "errors"
            self.tried[book] += 1
            if action in POWER:
                shutil.rmtree(self.world.root)
                os.rename(os.path.join(self.world.home, "store", "after"), self.world.root)
            wrong = self.judge_failure(failed, book)
            if not wrong and not self.did_without(failed):
                wrong = self.judge_again()
        except (subprocess.TimeoutExpired, OSError, AssertionError) as error:
            wrong, log = str(error), {"hit": "?"}
        if wrong:
            self.wrong.append(f"{self.scenario.name}: {action} at {kind} {place} ({log['hit']}): {wrong}")
            print(f"WRONG {self.wrong[-1]}", flush=True)

    def judge_failure(self, failed, book):
        words, code = failed.stderr.decode(errors="replace"), failed.returncode
        if "panicked" in words:
            return f"it panicked: {words[-600:]}"
        if book != "errors":
            return None if code == 137 else f"it ended with {code}"
        if code == self.scenario.code:
            # It did without.
            now = (failed.stdout if "-" in self.scenario.command else b"", self.world.content(), self.world.customers())
            if now == self.expected or self.did_without(failed):
                return None
            return f"it ended with {code}, as if nothing were: {self.unlike()}\n{words[-600:]}"
        if code not in (1, 2) or not words.strip():
            return f"it ended with {code}: {words[-600:]}"
        if f"{self.scenario.command[0]}: done" in words:
            return f"it ended with {code} and said done: {words[-600:]}"
        return None

    def did_without(self, failed):
        """Whether it came to its end without something, and said so: that is not made up for later."""
        return failed.returncode == self.scenario.code and any(told.encode() in failed.stderr for told in TOLD)

    def judge_again(self):
        done = self.world.run(self.scenario.command, None)
        words = done.stderr.decode(errors="replace")
        if done.returncode != self.scenario.code:
            return f"the run after it ended with {done.returncode}: {words[-900:]}"
        if "-" in self.scenario.command and done.stdout != self.expected[0]:
            return "the run after it gave another stream"
        return self.unlike()

    def unlike(self):
        content, customers = self.world.content(), self.world.customers()
        if content != self.expected[1]:
            return f"the folder is another: {difference(content, self.expected[1])}"
        if customers != self.expected[2]:
            return "the project holds something else"
        return None


def places(count, most, is_sample):
    """Up to so many places of a count, spread evenly; one in the middle where it is a sample of one."""
    if count <= most:
        return list(range(1, count + 1))
    if is_sample:
        return [count * (number + 1) // (most + 1) for number in range(most)]
    return sorted({1 + number * (count - 1) // (most - 1) for number in range(most)})


def play(name):
    scenario = next(one for one in scenarios.ALL if one.name == name)
    # In memory: what a disk makes durable is worked out here, and its own speed tells nothing.
    home = tempfile.mkdtemp(prefix="faults-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    disturbed = None
    try:
        disturbed = Disturbed(scenario, home)
        disturbed.everything()
        return name, disturbed.tried, disturbed.wrong
    finally:
        if disturbed:
            disturbed.world.stop()
        shutil.rmtree(home, ignore_errors=True)


def main():
    names = sys.argv[4:] or [scenario.name for scenario in scenarios.ALL]
    total, wrong = {}, []
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for name, tried, found in pool.map(play, names):
            print(f"{name:16} " + ", ".join(f"{count} {what}" for what, count in tried.items()), flush=True)
            wrong += found
            for what, count in tried.items():
                total[what] = total.get(what, 0) + count
    print("all: " + ", ".join(f"{count} {what}" for what, count in total.items()) + f"; {len(wrong)} went wrong")
    if wrong or not all(total.values()):
        print("\n".join(wrong))
        sys.exit(1)


main()
