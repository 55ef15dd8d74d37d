#!/usr/bin/env bash
# A body that can be read only once is gone after the first attempt. requests and urllib3 with Retry, niquests and aiohttp-retry send an
# empty body then, and report the 200 that the server gives for it. With requests that is a generator, an iterator or an object that
# has no `seek`; with aiohttp-retry also a BytesIO, and it says Content-Length: 0. httpx-retries raises.
#
# Version: requests 2.34.2, niquests 3.21.2, aiohttp-retry 2.9.1, httpx-retries 0.6.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: imports that are made while they are sent: one answer 503, and the server has taken an import of nothing.
# Expected: an error, as for a file that cannot be rewound. Here: a batch is whole in memory before the first attempt, and each attempt
# sends the same bytes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check requests==2.34.2 urllib3==2.8.0 niquests==3.21.2 aiohttp==3.14.5 \
    aiohttp-retry==2.9.1 httpx==0.28.1 httpx-retries==0.6.0

cat > show.py <<'END'
import asyncio
import http.server
import io
import threading

import aiohttp_retry
import httpx
import httpx_retries
import niquests
import requests
import requests.adapters
import urllib3.util

bodies = []


class Server(http.server.BaseHTTPRequestHandler):
    """Answers 503 to the first request, and 200 to the next one."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = b""
        if self.headers["Content-Length"]:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        else:
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        bodies.append(body)
        self.send_response(503 if len(bodies) == 1 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


def lines():
    yield b"id,name\n"
    yield b"1,Ada\n"


async def later():
    for line in lines():
        yield line


def show(name, call):
    bodies.clear()
    try:
        seen = call()
    except Exception as error:
        seen = type(error).__name__
    print(f"{name}: {seen}, sent", *bodies)


def with_aiohttp(body):
    async def call():
        options = aiohttp_retry.ExponentialRetry(2, start_timeout=0.01)
        async with aiohttp_retry.RetryClient(retry_options=options) as client, client.put(url, data=body) as answer:
            return answer.status

    return asyncio.run(call())


session = requests.Session()
retries = urllib3.util.Retry(2, status_forcelist=[503])
session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
show("requests, generator", lambda: session.put(url, data=lines()).status_code)
show("urllib3, iterator", lambda: urllib3.PoolManager().request("PUT", url, body=iter(list(lines())), retries=retries).status)
other = niquests.Session(retries=niquests.RetryConfiguration(2, status_forcelist=[503]))
show("niquests, generator", lambda: other.put(url, data=lines()).status_code)
show("aiohttp-retry, generator", lambda: with_aiohttp(later()))
show("aiohttp-retry, BytesIO", lambda: with_aiohttp(io.BytesIO(b"".join(lines()))))
client = httpx.Client(transport=httpx_retries.RetryTransport(retry=httpx_retries.Retry(2, backoff_factor=0)))
show("httpx-retries, generator", lambda: client.put(url, content=lines()).status_code)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
requests, generator: 200, sent b'id,name\n1,Ada\n' b''
urllib3, iterator: 200, sent b'id,name\n1,Ada\n' b''
niquests, generator: 200, sent b'id,name\n1,Ada\n' b''
aiohttp-retry, generator: 200, sent b'id,name\n1,Ada\n' b''
aiohttp-retry, BytesIO: 200, sent b'id,name\n1,Ada\n' b''
httpx-retries, generator: StreamConsumed, sent b'id,name\n1,Ada\n'
END
