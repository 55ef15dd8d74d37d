#!/usr/bin/env bash
# posthog-node's `identify` sends all properties, until one of them is `$set`: then what stands beside it is left out, without a word. `$set_once`
# beside other properties takes nothing from them.
#
# Version: posthog-node 5.70.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: who adds `$set` to properties that are there already: the email of a person never arrives, and no error says so.
# Expected: all of them, or an error. Here: every trait that a mapping does not name is counted and named in the report.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit posthog-node@5.70.0
cat > show.mjs <<'END'
import http from 'node:http'
import { PostHog } from 'posthog-node'

const server = http.createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    for (const { properties } of JSON.parse(Buffer.concat(chunks)).batch ?? []) {
      console.log('  sent:', JSON.stringify(properties.$set), JSON.stringify(properties.$set_once))
    }
    response.setHeader('Content-Type', 'application/json').end('{"status":1}')
  })
})
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const client = new PostHog('key', { host: `http://127.0.0.1:${server.address().port}`, disableCompression: true })
for (const properties of [
  { email: 'ada@example.com', tier: 'gold' },
  { email: 'ada@example.com', $set_once: { first: 'web' } },
  { email: 'ada@example.com', $set: { tier: 'gold' } },
]) {
  console.log('given:', JSON.stringify(properties))
  client.identify({ distinctId: '7', properties })
  await client.flush()
}
await client.shutdown()
server.close()
END
node show.mjs > seen
cat seen
diff seen - <<'END'
given: {"email":"ada@example.com","tier":"gold"}
  sent: {"email":"ada@example.com","tier":"gold"} {}
given: {"email":"ada@example.com","$set_once":{"first":"web"}}
  sent: {"email":"ada@example.com"} {"first":"web"}
given: {"email":"ada@example.com","$set":{"tier":"gold"}}
  sent: {"tier":"gold"} {}
END
