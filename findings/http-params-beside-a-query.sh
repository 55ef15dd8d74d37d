#!/usr/bin/env bash
# What is given as parameters beside an address that has a query already: httpx takes the query of the address away, even for an empty dict of
# parameters or for those that the client has for all requests; urllib3 puts a second question mark behind it, so that they become part of
# its last value. requests and aiohttp put the two together.
#
# Version: httpx 0.28.1, urllib3 2.8.0, requests 2.34.2, aiohttp 3.14.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: whoever follows the address of the next page with a limit or a key for all requests: it is the first page, again and again.
# Expected: both, or an error. Here: the address of the next page is taken as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check httpx==0.28.1 urllib3==2.8.0 requests==2.34.2 aiohttp==3.14.5

cat > show.py <<'END'
import asyncio
import http.server
import json
import threading
import urllib.parse

import aiohttp
import httpx
import requests
import urllib3

people = ["Ada", "Bob", "Eve"]


class Server(http.server.BaseHTTPRequestHandler):
    """Gives one person a page, and the address of the next page."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        asked.append(self.path)
        page = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("page", ["0"])[0]
        number = int(page) if page.isdigit() else 0
        following = f"/people?page={number + 1}" if number + 1 < len(people) else None
        body = json.dumps({"name": people[number], "next": following}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


asked = []
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
root = f"http://127.0.0.1:{server.server_port}"


async def with_aiohttp(url, parameters):
    async with aiohttp.ClientSession() as session, session.get(url, params=parameters) as answer:
        return json.loads(await answer.read())


client = httpx.Client(params={"limit": "1"})
for name, get in (
    ("requests", lambda url: requests.get(url, params={"limit": "1"}).json()),
    ("aiohttp", lambda url: asyncio.run(with_aiohttp(url, {"limit": "1"}))),
    ("httpx", lambda url: httpx.get(url, params={"limit": "1"}).json()),
    ("httpx, empty", lambda url: httpx.get(url, params={}).json()),
    ("httpx, client", lambda url: client.get(url).json()),
    ("urllib3", lambda url: urllib3.request("GET", url, fields={"limit": "1"}).json()),
):
    asked.clear()
    seen, following = [], "/people?page=0"
    while following and len(seen) < 5:
        answer = get(root + following)
        seen.append(answer["name"])
        following = answer["next"]
    print(f"{name}: {' '.join(seen)}, asked for {asked[1]}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
requests: Ada Bob Eve, asked for /people?page=1&limit=1
aiohttp: Ada Bob Eve, asked for /people?page=1&limit=1
httpx: Ada Ada Ada Ada Ada, asked for /people?limit=1
httpx, empty: Ada Ada Ada Ada Ada, asked for /people
httpx, client: Ada Ada Ada Ada Ada, asked for /people?limit=1
urllib3: Ada Ada Ada Ada Ada, asked for /people?page=1?limit=1
END
