#!/usr/bin/env bash
# A validating proxy changes the numbers that pass through it, in both directions.
#
# Version:   npm @stoplight/prism-cli 5.14.2, `prism proxy`. Needs Node with npm, and curl.
# Expected:  a proxy looks at a body and passes its bytes on.
# Seen:      it passes on what it made of them: 9007199254740993 becomes 9007199254740992, 1e400 becomes null;
#            the answer of the server is changed in the same way.
# Whom:      whoever tests through it that ids and amounts survive: the test fails for the proxy, or passes for it.
# Here:      the exactness of numbers is tested without it; through it go small numbers only.
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
export ANSWER='{"n": 9007199254740993, "big": 1e400}'
node server.cjs &
processes+=($!)
until [ -s port ]; do sleep 0.1; done
proxy=$(node -e "const s = require('node:net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
node_modules/.bin/prism proxy contract.json "http://127.0.0.1:$(cat port)" --errors -h 127.0.0.1 -p "$proxy" > prism.txt &
processes+=($!)
until grep -q 'Prism is listening' prism.txt; do sleep 0.2; done

sent='{"n": 9007199254740993, "big": 1e400}'
answered=$(curl -s -H 'Content-Type: application/json' -d "$sent" "http://127.0.0.1:$proxy/things")
printf 'sent      %s\narrived   %s\nanswered  %s\ncame back %s\n' "$sent" "$(cat arrived.txt)" "$ANSWER" "$answered"
[ "$(cat arrived.txt)" = '{"n":9007199254740992,"big":null}' ]
[ "$answered" = '{"n":9007199254740992,"big":null}' ]
echo "still so: what arrives is not what was sent"
