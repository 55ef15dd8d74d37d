#!/usr/bin/env bash
# requests, urllib3, httpx and aiohttp take a gzipped answer for whole that ends in the middle of its stream, as long as its length in bytes
# is as announced: as where a proxy or a store kept a piece of it. What was inflated so far is the body, with status 200 and no error.
#
# Version: requests 2.34.2, urllib3 2.8.0, httpx 0.28.1, aiohttp 3.14.5 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: downloads of exports: half of the customers, in lines that are whole but for the last.
# Expected: an error, as gzip, Python's own module and Node's `got` give one. Here: a stream without its end is an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 aiohttp==3.14.5

cat > show.py <<'END'
import gzip
import http.server
import sys
import threading

people = gzip.compress(b"".join(b'{"id":%d}\n' % id for id in range(5000)))
BODIES = {"/whole": people, "/cut": people[: len(people) // 2], "/two": gzip.compress(b'{"id":1}\n') + gzip.compress(b'{"id":2}\n')}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(BODIES[self.path])))
        self.end_headers()
        self.wfile.write(BODIES[self.path])


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}"


async def with_aiohttp(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.read()


import asyncio
import aiohttp, httpx, requests, urllib3

clients = {
    "requests": lambda url: requests.get(url).content,
    "urllib3": lambda url: urllib3.request("GET", url).data,
    "httpx": lambda url: httpx.get(url).content,
    "aiohttp": lambda url: asyncio.run(with_aiohttp(url)),
}
for name, get in clients.items():
    for path in ("/whole", "/cut"):
        try:
            seen = f"{get(url + path).count(chr(10).encode())} lines"
        except Exception as error:
            seen = type(error).__name__
        print(name, path, seen)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
requests /whole 5000 lines
requests /cut 2416 lines
urllib3 /whole 5000 lines
urllib3 /cut 2416 lines
httpx /whole 5000 lines
httpx /cut 2416 lines
aiohttp /whole 5000 lines
aiohttp /cut 2416 lines
END
