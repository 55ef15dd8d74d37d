#!/usr/bin/env bash
# big-json is for JSON that is too large for a text. What it reads lacks the members of the outermost object that are null, though not those further
# inside; numbers of more than 16 digits are texts, and of a file that was cut it gives what it understood, without an error. A key that is
# empty it writes as nothing.
#
# Version: big-json 3.2.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: updates in which null empties a field: after it, the field stays. Half an export is read as a whole one.
# Expected: what JSON.parse and JSON.stringify give. Here: null is null, keys stay what they are, and a cut file is an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit big-json@3.2.0

cat > show.mjs <<'END'
import json from 'big-json'

const seen = async (text) => {
  try {
    return JSON.stringify(await json.parse({ body: text }))
  } catch (error) {
    return error.name
  }
}
for (const text of [
  '{"email":null,"city":"Oslo"}', '{"person":{"email":null}}', '[null,{"email":null}]', '{"id":12345678901234567890,"points":1}',
  '[{"id":1},{"id":2},{"i', '[1] and more',
])
  console.log(text, '->', await seen(text))
console.log(await json.stringify({ body: { '': 1, city: 'Oslo' } }))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
{"email":null,"city":"Oslo"} -> {"city":"Oslo"}
{"person":{"email":null}} -> {"person":{"email":null}}
[null,{"email":null}] -> [null,{"email":null}]
{"id":12345678901234567890,"points":1} -> {"id":"12345678901234567890","points":1}
[{"id":1},{"id":2},{"i -> [{"id":1},{"id":2}]
[1] and more -> Error
{1,"city":"Oslo"}
END
