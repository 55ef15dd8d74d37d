#!/usr/bin/env bash
# httpx inflates the first member of a gzipped answer and leaves out the others, without an error. requests, urllib3, aiohttp, curl, and
# every client of Node read them all. Files that were made by joining others, or by pigz or bgzip in blocks, have many members.
#
# Version: httpx 0.28.1, requests 2.34.2 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: logs and exports that a server appends to and serves as they are: all but the first piece is missing.
# Expected: all of them, as RFC 1952 has it. Here: files and answers of any number of members are read whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check httpx==0.28.1 requests==2.34.2

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

import httpx
import requests

print("requests", requests.get(url + "/two").text.split())
print("httpx", httpx.get(url + "/two").text.split())
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
requests ['{"id":1}', '{"id":2}']
httpx ['{"id":1}']
END
