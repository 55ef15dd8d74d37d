#!/usr/bin/env bash
# fetch of Node, node-fetch and axios take a gzipped answer for whole that ends in the middle of its stream, as long as its length in bytes is as
# announced: as where a proxy or a store kept a piece of it. got says `unexpected end of file`.
#
# Version: Node 20 (its own fetch), node-fetch 2.7.0, axios 1.21.1, got 11.8.6 (npm).   Needs: bash, Node 20 with npm.
# Hurts: downloads of exports: half of the customers, in lines that are whole but for the last.
# Expected: an error. Here: a stream without its end is an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-package-lock --prefix . node-fetch@2.7.0 axios@1.21.1 got@11.8.6

cat > show.cjs <<'END'
const http = require('node:http');
const zlib = require('node:zlib');
const axios = require('axios');
const got = require('got');
const nodeFetch = require('node-fetch');

const whole = zlib.gzipSync(Array.from({ length: 5000 }, (_, id) => JSON.stringify({ id }) + '\n').join(''));
const bodies = { '/whole': whole, '/cut': whole.subarray(0, whole.length >> 1) };
const server = http.createServer((request, response) => {
  const body = bodies[request.url];
  response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': body.length });
  response.end(body);
});
const clients = {
  fetch: async (url) => (await fetch(url)).text(),
  'node-fetch': async (url) => (await nodeFetch(url)).text(),
  axios: async (url) => (await axios.get(url, { responseType: 'text' })).data,
  got: async (url) => (await got(url, { retry: 0 })).body,
};
server.listen(0, '127.0.0.1', async () => {
  for (const [name, get] of Object.entries(clients)) {
    for (const path of Object.keys(bodies)) {
      const lines = (text) => `${text.split('\n').length - 1} lines`;
      const seen = await get(`http://127.0.0.1:${server.address().port}${path}`).then(lines, (error) => error.message);
      console.log(name, path, seen);
    }
  }
  server.close();
});
END
node show.cjs > seen
cat seen
diff seen - <<'END'
fetch /whole 5000 lines
fetch /cut 2406 lines
node-fetch /whole 5000 lines
node-fetch /cut 2406 lines
axios /whole 5000 lines
axios /cut 2406 lines
got /whole 5000 lines
got /cut unexpected end of file
END
