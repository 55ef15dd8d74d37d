#!/usr/bin/env bash
# JSONStream leaves out every null that its pattern meets, as a stream of objects has no way to hold one: from four ages come three, and each
# one behind it has another number. A number of more than 16 digits it gives as text, while the one before it is a number.
#
# Version: JSONStream 1.3.5 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: columns that are read one by one and put side by side again: from the first null on, all belong to somebody else.
# Expected: null, or an error. Here: every line is read for what it has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit JSONStream@1.3.5

cat > show.mjs <<'END'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import JSONStream from 'JSONStream'

for (const [pattern, text] of [
  ['people.*.age', '{"people":[{"age":30},{"age":null},{"age":50},{"age":0}]}'], ['*', '[false,null,"",7]'],
  ['*', '[1234567890123456,12345678901234567890]'],
]) {
  const seen = []
  await once(Readable.from([text]).pipe(JSONStream.parse(pattern)).on('data', (value) => seen.push(value)), 'end')
  console.log(text, pattern, '->', JSON.stringify(seen))
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
{"people":[{"age":30},{"age":null},{"age":50},{"age":0}]} people.*.age -> [30,50,0]
[false,null,"",7] * -> [false,"",7]
[1234567890123456,12345678901234567890] * -> [1234567890123456,"12345678901234567890"]
END
