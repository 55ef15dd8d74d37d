#!/usr/bin/env bash
# effect's schema NumberFromString decodes every text: an empty one is 0, and one that is no number NaN, without an error. FiniteFromString refuses
# the latter, and takes the empty text for 0 as well.
#
# Version: effect 4.1.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: empty cells: people whose points are not known have none, and `none` is written as null by JSON.
# Expected: an error, as io-ts-types' schema of the same name has it. Here: an empty cell is no value.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit effect@4.1.0 fp-ts@2.16.11 io-ts@2.2.22 io-ts-types@0.5.19
cat > show.cjs <<'END'
const { Schema } = require('effect')
const { NumberFromString } = require('io-ts-types')

const decode = (schema, points) => {
  try {
    return JSON.stringify(Schema.decodeUnknownSync(Schema.Struct({ points: schema }))({ points }))
  } catch (error) {
    return 'error'
  }
}
for (const text of ['7', '', '  ', 'none', '1 000']) {
  const other = NumberFromString.decode(text)
  console.log(`${JSON.stringify(text)} -> NumberFromString ${decode(Schema.NumberFromString, text)}, FiniteFromString ${decode(Schema.FiniteFromString, text)}, io-ts-types ${other.right ?? 'error'}`)
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
"7" -> NumberFromString {"points":7}, FiniteFromString {"points":7}, io-ts-types 7
"" -> NumberFromString {"points":0}, FiniteFromString {"points":0}, io-ts-types error
"  " -> NumberFromString {"points":0}, FiniteFromString {"points":0}, io-ts-types error
"none" -> NumberFromString {"points":null}, FiniteFromString error, io-ts-types error
"1 000" -> NumberFromString {"points":null}, FiniteFromString error, io-ts-types error
END
