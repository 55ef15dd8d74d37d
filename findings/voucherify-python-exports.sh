#!/usr/bin/env bash
# The vendor's Python client cannot read the vendor's own sample of a list of exports.
#
# Version:   PyPI voucherify 6.1.1 (pydantic 2.14.4). Needs Python 3 with venv.
# Expected:  a list of one export, as the reference of GET /v1/exports shows it: `parameters.order` is an empty text.
# Seen:      ValidationError for the whole answer, since the client knows a closed list of orders; one export that was
#            asked for without an order hides all the others.
# Whom:      whoever lists exports to find or delete files with personal data.
# Here:      answers are read for the members that are needed; words that are not known are no reason to stop.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check voucherify==6.1.1 pydantic==2.14.4 urllib3==2.8.0 python-dateutil==4.0.0

python/bin/python - <<'PYTHON' | tee seen.txt
import json, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
import voucherify

order = None

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        parameters = {"order": order, "fields": ["name", "source_id"], "filters": {"junction": "and"}}
        export = {
            "id": "exp_1", "object": "export", "created_at": "2022-01-13T09:03:18.293Z", "status": "DONE",
            "channel": "API", "exported_object": "customer", "parameters": parameters,
            "result": {"url": "http://127.0.0.1/file"}, "user_id": None,
        }
        body = json.dumps({"object": "list", "data_ref": "exports", "exports": [export], "total": 1}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

server = HTTPServer(("127.0.0.1", 0), Answer)
threading.Thread(target=server.serve_forever, daemon=True).start()
keys = {"X-App-Id": "a", "X-App-Token": "b"}
host = f"http://127.0.0.1:{server.server_port}"
exports = voucherify.ExportsApi(voucherify.ApiClient(voucherify.Configuration(host=host, api_key=keys)))

print("voucherify", version("voucherify"))
for order in ("-created_at", ""):
    try:
        print(f"order {order!r}: {exports.list_exports().total} export")
    except Exception as error:
        print(f"order {order!r}: {type(error).__name__}")
PYTHON

grep -qxF "order '-created_at': 1 export" seen.txt
grep -qxF "order '': ValidationError" seen.txt
echo "still so: the documented sample cannot be read"
