#!/usr/bin/env bash
# What is None in a form, aiohttp sends as the text None, and so does urllib3 in a query, where it also sends a list as Python shows it, with
# brackets and quotes. requests leaves it out, and httpx sends an empty value. In the query of an address aiohttp raises an error for it.
#
# Version: aiohttp 3.14.5, urllib3 2.8.0, requests 2.34.2, httpx 0.28.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: people without a phone or a family name: theirs is None now, in the system that took the form.
# Expected: an error, or nothing sent. Here: a member without a value is null in JSON, or left out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check httpx==0.28.1 urllib3==2.8.0 requests==2.34.2 aiohttp==3.14.5

cat > show.py <<'END'
import asyncio
import http.server
import threading

import aiohttp
import httpx
import requests
import urllib3


class Server(http.server.BaseHTTPRequestHandler):
    """Gives back what it was sent."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)) or self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/people"
person = {"name": "Ada", "phone": None, "tags": ["a", "b"]}


async def with_aiohttp(method, **options):
    async with aiohttp.ClientSession() as session, session.request(method, url, **options) as answer:
        return await answer.text()


for name, call in (
    ("aiohttp, form", lambda: asyncio.run(with_aiohttp("POST", data=person))),
    ("aiohttp, query", lambda: asyncio.run(with_aiohttp("GET", params=person))),
    ("urllib3, query", lambda: urllib3.request("GET", url, fields=person).data.decode()),
    ("requests, form", lambda: requests.post(url, data=person).text),
    ("requests, query", lambda: requests.get(url, params=person).text),
    ("httpx, form", lambda: httpx.post(url, data=person).text),
    ("httpx, query", lambda: httpx.get(url, params=person).text),
):
    try:
        print(f"{name}: {call()}")
    except Exception as error:
        print(f"{name}: {type(error).__name__}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
aiohttp, form: name=Ada&phone=None&tags=a&tags=b
aiohttp, query: TypeError
urllib3, query: /people?name=Ada&phone=None&tags=%5B%27a%27%2C+%27b%27%5D
requests, form: name=Ada&tags=a&tags=b
requests, query: /people?name=Ada&tags=a&tags=b
httpx, form: name=Ada&phone=&tags=a&tags=b
httpx, query: /people?name=Ada&phone=&tags=a&tags=b
END
