#!/usr/bin/env bash
# What pandas uses for "no value" leaves Segment's Python library in three different ways: `NaN` as a bare word that is no
# JSON, so that the server cannot read the whole batch; `NaT` as the text "NaT", which becomes a trait; `NA` not at all, with a
# warning. A UUID as a trait is left out, too, and one UUID in a list takes the whole list with it.
#
# Version: segment-analytics-python 2.4.0, pandas 3.1.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: whoever sends rows of a data frame as traits; "NaT" then is somebody's birthday.
# Expected: a missing value is left out or null, a UUID is its text. Here: a date that is none is a finding, and dropped.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check segment-analytics-python==2.4.0 pandas==3.1.1

cat > "$folder/show.py" <<'END'
import http.server, json, logging, threading, uuid

import pandas
from segment.analytics.client import Client

logging.getLogger("segment").setLevel(logging.CRITICAL)
bodies = []


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"success":true}')

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
key = uuid.UUID("7f9c24e5-8a1b-4c3d-9e2f-001122334455")
for traits in (
    {"visits": float("nan")},
    {"birthday": pandas.NaT},
    {"plan": pandas.NA},
    {"account": key},
    {"accounts": ["first", key]},
):
    client = Client("key", host=f"http://127.0.0.1:{server.server_port}", sync_mode=True)
    client.identify("user-1", traits)
    body = bodies.pop()
    try:
        json.loads(body, parse_constant=lambda word: (_ for _ in ()).throw(ValueError(word)))
        valid = "JSON"
    except ValueError as word:
        valid = f"no JSON: {word}"
    print(f"{list(traits)[0]:9}", valid, json.loads(body)["batch"][0]["traits"])
END
"$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
visits    no JSON: NaN {'visits': nan}
birthday  JSON {'birthday': 'NaT'}
plan      JSON {}
account   JSON {}
accounts  JSON {}
END
