#!/usr/bin/env bash
# `tableFromJSON` of apache-arrow takes the type of a column from its first value, and makes all others fit: a text among numbers is NaN, a text
# among booleans false, 2^63 becomes negative, and of later nested objects only the keys remain that the first one had.
#
# Version: apache-arrow 21.2.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: traits that changed their type over the years; consents that came as text: nobody is told.
# Expected: an error, as for a number among BigInts. Here: every value is read for itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit apache-arrow@21.2.0
cat > show.mjs <<'END'
import { tableFromJSON } from 'apache-arrow'

const shown = (value) => (typeof value === 'bigint' ? `${value}n` : Number.isNaN(value) ? 'NaN' : value?.toJSON?.() ?? value)
for (const values of [
  [7, '8', 'nine'], [false, true, 'true', 'yes'], [1n, 2n ** 63n], [2n, 3], [{ city: 'Rome' }, { city: 'Oslo', zip: '0150' }], [[7], ['x']],
]) {
  try {
    const column = tableFromJSON(values.map((value) => ({ value }))).getChild('value')
    console.log(String(column.type), JSON.stringify([...column].map(shown)))
  } catch (error) {
    console.log(error.name)
  }
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
Float64 [7,8,"NaN"]
Bool [false,true,false,false]
Int64 ["1n","-9223372036854775808n"]
TypeError
Struct<{city:Dictionary<Int32, Utf8>}> [{"city":"Rome"},{"city":"Oslo"}]
List<Float64> [[7],[null]]
END
