#!/usr/bin/env bash
# Two comparisons of objects miss changes of dates. ohash's `diff` finds nothing at all between two Dates, whatever they are, nor between the list
# ["a", "b"] and the text "a,b"; its own `isEqual` says that they differ. just-diff finds nothing between two Dates in the same second.
#
# Version: ohash 2.0.12, just-diff 6.0.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: who sends what `diff` gives: a corrected birthdate never arrives, and of two changes within a second the later one is lost.
# Expected: a change, as of any other value. Here: what changed is found on the bytes that would be sent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit ohash@2.0.12 just-diff@6.0.2
cat > show.mjs <<'END'
import { isEqual } from 'ohash'
import { diff } from 'ohash/utils'
import { diff as justDiff } from 'just-diff'

const pairs = [
  [new Date('1990-02-28'), new Date('1991-03-01')],
  [new Date('2026-01-02T10:00:00.100Z'), new Date('2026-01-02T10:00:00.900Z')],
  [['a', 'b'], 'a,b'],
  ['gold', 'silver'],
]
for (const [value, other] of pairs) {
  const [before, after] = [{ value }, { value: other }]
  console.log(`${JSON.stringify(value)}, ${JSON.stringify(other)}: equal ${isEqual(before, after)}, ohash ${diff(before, after).length}, just-diff ${justDiff(before, after).length}`)
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
"1990-02-28T00:00:00.000Z", "1991-03-01T00:00:00.000Z": equal false, ohash 0, just-diff 1
"2026-01-02T10:00:00.100Z", "2026-01-02T10:00:00.900Z": equal false, ohash 0, just-diff 0
["a","b"], "a,b": equal false, ohash 0, just-diff 1
"gold", "silver": equal false, ohash 1, just-diff 1
END
