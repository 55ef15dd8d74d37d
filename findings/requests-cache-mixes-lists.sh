#!/usr/bin/env bash
# requests-cache takes two bodies of JSON for the same if they are lists with the same elements in another order, and two queries if the
# same parameter has the same values in another order. The second request is not sent, and gets the answer to the first.
#
# Version: requests-cache 1.3.3 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: whoever asks for many at once and joins answers to questions by their place in the list: the answers belong to other people.
# Expected: two requests, as lists in JSON have an order. Here: nothing is kept between requests.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check requests-cache==1.3.3 requests==2.34.2

cat > show.py <<'END'
import http.server
import json
import threading
import urllib.parse

import requests_cache

names = {"u1": "Ada", "u2": "Bob"}


class Server(http.server.BaseHTTPRequestHandler):
    """Gives the names of the ids that it is asked for, in the order of the question."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        asked = json.loads(body) if body else urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["id"]
        text = json.dumps([names[one] for one in (asked if isinstance(asked, list) else asked["ids"])]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/names"
session = requests_cache.CachedSession(backend="memory", allowable_methods=["GET", "POST"])
for ids in (["u1", "u2"], ["u2", "u1"]):
    print(*ids)
    for name, answer in (
        ("a list in JSON", session.post(url, json=ids)),
        ("a list in an object", session.post(url, json={"ids": ids})),
        ("a query", session.get(url, params={"id": ids})),
    ):
        print(f"    {name}:", *answer.json(), "(kept)" if answer.from_cache else "")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
u1 u2
    a list in JSON: Ada Bob 
    a list in an object: Ada Bob 
    a query: Ada Bob 
u2 u1
    a list in JSON: Ada Bob (kept)
    a list in an object: Bob Ada 
    a query: Ada Bob (kept)
END
