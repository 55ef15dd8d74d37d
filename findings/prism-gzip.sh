#!/usr/bin/env bash
# A validating proxy refuses a compressed request as invalid JSON.
#
# Version:   npm @stoplight/prism-cli 5.14.2, `prism proxy`. Needs Node with npm, curl and gzip.
# Expected:  a body with `Content-Encoding: gzip` is passed on, or refused with 415 for its encoding.
# Seen:      400 {"error":{"code":"invalid_json"}} from the proxy itself; the server is never asked. The same body plain
#            arrives.
# Whom:      whoever puts it before a client that compresses large imports, and looks for the fault in the JSON.
# Here:      bulk requests are sent plain.
set -euo pipefail
folder=$(mktemp -d)
processes=()
trap 'kill "${processes[@]}" 2> /dev/null; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @stoplight/prism-cli@5.14.2

cat > contract.json <<'JSON'
{"openapi": "3.0.1", "info": {"title": "things", "version": "1"}, "paths": {"/things": {
  "get": {"parameters": [{"name": "status", "in": "query", "schema": {"type": "integer"}}],
    "responses": {"200": {"description": "one", "content": {"application/json": {"schema":
      {"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}}}}}}}},
  "post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"200": {"description": "one", "content": {"application/json": {"schema": {"type": "object"}}}}}}
}}}
JSON

# Behind the proxy: writes down what arrives, and answers with ANSWER and the status that the query names.
cat > server.cjs <<'NODE'
const fs = require('node:fs');
const server = require('node:http').createServer((request, answer) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece)).on('end', () => {
    fs.appendFileSync('arrived.txt', Buffer.concat(pieces));
    const status = Number(new URL(request.url, 'http://host').searchParams.get('status') ?? 200);
    answer.writeHead(status, { 'content-type': 'application/json' }).end(process.env.ANSWER);
  });
});
server.listen(0, '127.0.0.1', () => fs.writeFileSync('port', String(server.address().port)));
NODE
touch arrived.txt prism.txt
export ANSWER='{}'
node server.cjs &
processes+=($!)
until [ -s port ]; do sleep 0.1; done
proxy=$(node -e "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
node_modules/.bin/prism proxy contract.json "http://127.0.0.1:$(cat port)" --errors -h 127.0.0.1 -p "$proxy" > prism.txt &
processes+=($!)
until grep -q 'Prism is listening' prism.txt; do sleep 0.2; done

echo '{"n":1}' | gzip > body.gz
post() { curl -s -w ' %{http_code}\n' -H 'Content-Type: application/json' "$@" "http://127.0.0.1:$proxy/things"; }
{ post -H 'Content-Encoding: gzip' --data-binary @body.gz; post -d '{"n":1}'; } | tee seen.txt
diff - seen.txt <<'ANSWERS'
{"error":{"code":"invalid_json","message":"Invalid JSON"}} 400
{} 200
ANSWERS
[ "$(cat arrived.txt)" = '{"n":1}' ]
echo "still so: gzip is read as JSON"
