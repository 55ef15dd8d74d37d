#!/usr/bin/env bash
# `Type.forValue` of avsc makes a schema from a sample. What is a number and fits no `int` becomes a `float`, of 32 bits, though every number
# of JavaScript has 64: what is written then has seven digits. Phones, ids and moments in milliseconds become others, and so do prices.
#
# Version: avsc 5.7.9 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: Avro files whose schema nobody wrote by hand: nothing fails, and every reader reads the same wrong numbers.
# Expected: `double`, as for 1e300, or `long` for whole numbers. Here: numbers keep their digits as text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit avsc@5.7.9
cat > show.cjs <<'END'
const { Type } = require('avsc')

for (const person of [{ points: 7 }, { points: 19.99 }, { phone: 12125550100 }, { seen: 1700000000123 }, { id: 1234567890123456 }, { id: 1e300 }]) {
  const type = Type.forValue(person)
  const read = type.fromBuffer(type.toBuffer(person))
  console.log(JSON.stringify(person), '->', type.fields[0].type.typeName, JSON.stringify(read))
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
{"points":7} -> int {"points":7}
{"points":19.99} -> float {"points":19.989999771118164}
{"phone":12125550100} -> float {"phone":12125550592}
{"seen":1700000000123} -> float {"seen":1700000038912}
{"id":1234567890123456} -> float {"id":1234567948140544}
{"id":1e+300} -> double {"id":1e+300}
END
