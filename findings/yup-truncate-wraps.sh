#!/usr/bin/env bash
# yup's `truncate()`, which is there to cut off what is behind the point, cuts off all bits but 32, too: the phone 12125550100 becomes -759351788,
# and is valid. A text that is no number becomes 0, which without `truncate()` is an error. `round('floor')` keeps large numbers.
#
# Version: yup 1.7.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: ids, phones and times in milliseconds that pass a form; and points of people who have none.
# Expected: the number without its fraction, and an error for `none`. Here: numbers keep their digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit yup@1.7.1
cat > show.mjs <<'END'
import { number } from 'yup'

const schemas = { number: number(), truncate: number().truncate(), floor: number().round('floor') }
for (const value of ['7.9', 12125550100, 1764270000000, 4294967297, 'none', '']) {
  const results = Object.entries(schemas).map(([name, schema]) => {
    try {
      return `${name} ${schema.validateSync(value)}`
    } catch (error) {
      return `${name} error`
    }
  })
  console.log(`${JSON.stringify(value)}: ${results.join(', ')}`)
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
"7.9": number 7.9, truncate 7, floor 7
12125550100: number 12125550100, truncate -759351788, floor 12125550100
1764270000000: number 1764270000000, truncate -961558656, floor 1764270000000
4294967297: number 4294967297, truncate 1, floor 4294967297
"none": number error, truncate 0, floor error
"": number error, truncate 0, floor error
END
