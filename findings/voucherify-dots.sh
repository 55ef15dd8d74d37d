#!/usr/bin/env bash
# The vendor's clients leave the path of customers where an id is one or two dots: to delete `..` they call DELETE /v1/.
#
# Version:   npm @voucherify/sdk 2.9.0 (axios 1.7.5), PyPI voucherify 6.1.1 (urllib3 2.8.0). Needs Node with npm, and
#            Python 3 with venv.
# Expected:  an id is data, and any text may be a `source_id`; both clients percent-encode what is special in one.
# Seen:      dots are not special to the encoders, and the URL libraries below resolve them as a browser does: the call
#            goes to another resource. A customer that was created with such an id cannot be read, changed or deleted.
# Whom:      whoever takes ids from elsewhere, where `.` and `..` stand for "none".
# Here:      customers are sent in bulk, with their ids in the body and in no address.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check voucherify==6.1.1 pydantic==2.14.4 urllib3==2.8.0 python-dateutil==4.0.0
npm install --silent --no-audit --no-fund @voucherify/sdk@2.9.0 axios@1.7.5

cat > server.cjs <<'NODE'
const server = require('node:http').createServer((request, answer) => {
  console.log(`${request.headers['user-agent'].split('/')[0]}: ${request.method} ${request.url}`);
  answer.writeHead(204).end();
});
server.listen(0, '127.0.0.1', () => require('node:fs').writeFileSync('port', String(server.address().port)));
NODE
node server.cjs > seen.txt &
server=$!
trap 'kill "$server"; rm -rf "$folder"' EXIT
until [ -s port ]; do sleep 0.1; done

cat > client.cjs <<'NODE'
const { VoucherifyServerSide } = require('@voucherify/sdk');
const apiUrl = `http://127.0.0.1:${require('node:fs').readFileSync('port')}`;
const { customers } = VoucherifyServerSide({ apiUrl, applicationId: 'a', secretKey: 'b' });
(async () => {
  for (const id of ['a/../b', '.', '..']) await customers.delete(id);
})();
NODE
node client.cjs
python/bin/python - <<'PYTHON'
import voucherify

host = f"http://127.0.0.1:{open('port').read()}"
keys = {"X-App-Id": "a", "X-App-Token": "b"}
customers = voucherify.CustomersApi(voucherify.ApiClient(voucherify.Configuration(host=host, api_key=keys)))
for source_id in ("a/../b", ".", ".."):
    customers.delete_customer(source_id)
PYTHON

cat seen.txt
diff - seen.txt <<'CALLS'
axios: DELETE /v1/customers/a%2F..%2Fb
axios: DELETE /v1/customers/
axios: DELETE /v1/
OpenAPI-Python-SDK: DELETE /v1/customers/a%2F..%2Fb
OpenAPI-Python-SDK: DELETE /v1/customers/
OpenAPI-Python-SDK: DELETE /v1/
CALLS
echo "still so: two dots are not an id but the way out of the customers"
