#!/usr/bin/env bash
# Voucherify's own Python SDK builds a customer from whatever members it is given, and leaves out those that it does not know,
# without a word: a `postalCode`, a `firstName`, a column of somebody's own. An address whose members are all misspelt is sent as an
# empty one.
#
# Version: voucherify 6.1.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: an import by a script of a few lines, which is what the SDK is for.
# Expected: an error for unknown members, as Python gives one for arguments. Here: a trait that no rule takes is named.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check voucherify==6.1.1

cat > "$folder/show.py" <<'END'
import http.server, threading

import voucherify


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(202)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"async_action_id":"aa_1"}')

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = voucherify.ApiClient(voucherify.Configuration(host=f"http://127.0.0.1:{server.server_port}"))
Customer = voucherify.CustomersUpdateInBulkRequestBody
Address = voucherify.CustomersUpdateInBulkRequestBodyAddress
voucherify.CustomersApi(client).update_customers_in_bulk([
    Customer(source_id="user-1", name="Ada", firstName="Ada", address=Address(postalCode="00501")),
])
END
"$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
[{"source_id": "user-1", "name": "Ada", "address": {}}]
END
