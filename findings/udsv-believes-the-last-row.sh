#!/usr/bin/env bash
# uDSV takes the type of each column from one cell, the last of its sample that is not empty. If it looks like a number, the texts above it become
# NaN; if it is `no`, the column is of booleans in which `yes` alone is true, and each `true` above is false; with `y`, the sizes s and m are false.
#
# Version: udsv 0.7.3 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: lists put together from several sources: who agreed by `true` did not, and British postcodes are gone.
# Expected: text where cells differ. Here: each cell is read for itself, and stays text until the field that it is for says otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit udsv@0.7.3
cat > show.mjs <<'END'
import { inferSchema, initParser } from 'udsv'

for (const cells of [['10115', 'SW1A 1AA'], ['SW1A 1AA', '10115'], ['true', 'false', 'true'], ['true', 'false', 'no'], ['s', 'm', 'y']]) {
  const csv = ['id,value', ...cells.map((cell, index) => `${index},${cell}`)].join('\n') + '\n'
  const schema = inferSchema(csv)
  const values = initParser(schema).typedObjs(csv).map((row) => String(row.value))
  console.log(`${cells.join(', ')} -> ${schema.cols[1].type}: ${values.join(', ')}`)
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
10115, SW1A 1AA -> s: 10115, SW1A 1AA
SW1A 1AA, 10115 -> n: NaN, 10115
true, false, true -> b:true: true, false, true
true, false, no -> b:yes: false, false, false
s, m, y -> b:y: false, false, true
END
