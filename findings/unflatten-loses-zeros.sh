#!/usr/bin/env bash
# dot-object and flat make nested objects of keys with dots. A part that begins with a zero and has digits only is the place in a list to them: flat
# puts what is under 01 in place 1, dot-object hangs it on an empty list, from which JSON has nothing. Without the zero it is a list, as documented.
#
# Version: dot-object 2.1.5, flat 6.0.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: counts by month, hour or postcode: `orders.01` is gone, or is the second of a list whose first is empty.
# Expected: an object with the key 01, as such a key is no place. Here: keys are taken as they are written, and two of them never become one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit dot-object@2.1.5 flat@6.0.1

cat > show.mjs <<'END'
import dot from 'dot-object'
import { flatten, unflatten } from 'flat'

for (const person of [{ orders: { May: 3 } }, { orders: { '01': 3 } }, { orders: { '01': 3, '02': 5 } }, { orders: { 1: 3 } }]) {
  console.log(JSON.stringify(person))
  console.log('  dot-object', JSON.stringify(dot.object(dot.dot(person))))
  console.log('  flat      ', JSON.stringify(unflatten(flatten(person))))
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
{"orders":{"May":3}}
  dot-object {"orders":{"May":3}}
  flat       {"orders":{"May":3}}
{"orders":{"01":3}}
  dot-object {"orders":[]}
  flat       {"orders":[null,3]}
{"orders":{"01":3,"02":5}}
  dot-object {"orders":[]}
  flat       {"orders":[null,3,5]}
{"orders":{"1":3}}
  dot-object {"orders":[null,3]}
  flat       {"orders":[null,3]}
END
