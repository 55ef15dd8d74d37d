#!/usr/bin/env bash
# One BigInt among the traits of one person, and Segment's Node library sends none of the batch: neither the people before it
# nor those after. Nothing throws, no `error` event is emitted, and one callback says that all is well.
#
# Version: @segment/analytics-node 3.1.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: ids and counters of 64 bits, which database drivers give as BigInt; up to a whole batch of people per such value.
# Expected: an exception from `identify`, as for an object that is no trait. Here: numbers keep their digits as text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @segment/analytics-node@3.1.0

cat > show.mjs <<'END'
import { createServer } from 'node:http'
import { Analytics } from '@segment/analytics-node'

async function send(people) {
  const received = []
  const server = createServer((request, answer) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      received.push(...JSON.parse(body).batch.map((event) => event.userId))
      answer.end('{"success":true}')
    })
  })
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready))
  const analytics = new Analytics({ writeKey: 'key', host: `http://127.0.0.1:${server.address().port}`, flushAt: 100, maxRetries: 0 })
  let errors = 0
  const callbacks = []
  analytics.on('error', () => errors++)
  for (const person of people) analytics.identify(person, (error) => callbacks.push(error ? 'error' : 'well'))
  await analytics.closeAndFlush({ timeout: 3000 })
  server.close()
  console.log(`received ${JSON.stringify(received)}, error events ${errors}, callbacks ${JSON.stringify(callbacks)}`)
}

await send([{ userId: 'ada', traits: {} }, { userId: 'grace', traits: { orders: 7 } }, { userId: 'alan', traits: {} }])
await send([{ userId: 'ada', traits: {} }, { userId: 'grace', traits: { orders: 7n } }, { userId: 'alan', traits: {} }])
process.exit()
END
node show.mjs > seen
cat seen
diff seen - <<'END'
received ["ada","grace","alan"], error events 0, callbacks ["well","well","well"]
received [], error events 0, callbacks ["well"]
END
