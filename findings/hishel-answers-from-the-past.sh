#!/usr/bin/env bash
# hishel, a cache for requests and httpx by RFC 9111, keeps an answer that says nothing of how long it holds and gives it again without asking.
# What was read stays so after the same address was written to by POST, PUT or DELETE, too, although the RFC says that such a
# request makes the kept answer void.
#
# Version: hishel 2.0.0, requests 2.34.2, httpx 0.28.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: whoever waits for an export by asking for its state: it is "scheduled" for ever. And a customer that was changed or deleted is
# read as before.
# Expected: each request is sent, as no answer says otherwise, or at least the one after a change. Here: nothing is kept between requests.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check 'hishel[requests,httpx]==2.0.0' requests==2.34.2 httpx==0.28.1

cat > show.py <<'END'
import http.server
import json
import threading

import hishel.httpx
import hishel.requests
import requests

customer = {"name": "Ada"}
asked = []


class Server(http.server.BaseHTTPRequestHandler):
    """An export that is ready when it is asked for the third time, and a customer that may be kept for a minute."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        asked.append(self.command)
        if self.path == "/export":
            answer = {"state": "ready" if len(asked) > 2 else "scheduled"}
        else:
            customer.update(json.loads(body or "{}"))
            answer = customer
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if self.path == "/customer":
            self.send_header("Cache-Control", "max-age=60")
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
session = requests.Session()
session.mount("http://", hishel.requests.CacheAdapter())
for name, client in (("requests alone", requests.Session()), ("requests", session), ("httpx", hishel.httpx.CacheClient())):
    asked.clear()
    print(f"{name}: export", [client.get(f"{url}/export").json()["state"] for _ in range(4)], end="")
    customer["name"] = "Ada"
    names = [client.get(f"{url}/customer").json()["name"]]
    for method, new in (("PUT", "Bob"), ("POST", "Eve")):
        client.request(method, f"{url}/customer", json={"name": new})
        names.append(client.get(f"{url}/customer").json()["name"])
    print(", customer", names)
    for file in __import__("pathlib").Path().rglob("*.db"):
        file.unlink()
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
requests alone: export ['scheduled', 'scheduled', 'ready', 'ready'], customer ['Ada', 'Bob', 'Eve']
requests: export ['scheduled', 'scheduled', 'scheduled', 'scheduled'], customer ['Ada', 'Ada', 'Ada']
httpx: export ['scheduled', 'scheduled', 'scheduled', 'scheduled'], customer ['Ada', 'Ada', 'Ada']
END
