#!/usr/bin/env bash
# fast-csv takes the header for objects from the first of them and leaves out what later ones have beside it; where it reads, a row with
# more cells than the header is an error. An object in a cell it writes as `[object Object]`, a list without brackets, and a date in
# English with the machine's zone.
#
# Version: fast-csv 5.0.8 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: tables made of JSON lines, where no person has the same traits as another one.
# Expected: an error for a key that the header does not have; JSON and ISO 8601 in cells. Here: the columns of every table are fixed, and
# what is no text stands in its cell as JSON.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit fast-csv@5.0.8

cat > show.mjs <<'END'
import * as csv from 'fast-csv'

const people = [
  { id: 'u1', address: { city: 'Bath' }, tags: ['a', 'b'], seen: new Date(0) },
  { id: 'u2', phone: '+12125550100' },
]
console.log(await csv.writeToString(people, { headers: true }))
csv.parseString('id\nu2,+12125550100\n', { headers: true }).on('error', (error) => console.log(error.message)).resume()
END
TZ=UTC node show.mjs > seen
cat seen
diff seen - <<'END'
id,address,tags,seen
u1,[object Object],"a,b",Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)
u2,,,
Unexpected Error: column header mismatch expected: 1 columns got: 2
END
