#!/usr/bin/env bash
# A key may be empty in JSON, and mappings that cut prefixes off make such keys. bfj takes an object with one for a list, and fails with a
# TypeError of its own; deeper in the document, too. It writes such objects itself. A member that is NaN it leaves out, where others write null.
#
# Version: bfj 9.1.4 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: large exports, for which it is made: one such key in one person, and none of the file can be read.
# Expected: the object, as from JSON.parse. Here: a key is any text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit bfj@9.1.4

cat > show.mjs <<'END'
import { Readable } from 'node:stream'
import bfj from 'bfj'

for (const value of [{ city: 'Oslo' }, { '': 'Oslo' }, [{ id: 1 }, { id: 2, traits: { '': 7 } }], { points: NaN, city: 'Oslo' }]) {
  const text = await bfj.stringify(value)
  const seen = await bfj.parse(Readable.from([Buffer.from(text)])).then(JSON.stringify, (error) => `${error.name}: ${error.message}`)
  console.log(`${JSON.stringify(value)} written as ${text}, read as ${seen}`)
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
{"city":"Oslo"} written as {"city":"Oslo"}, read as {"city":"Oslo"}
{"":"Oslo"} written as {"":"Oslo"}, read as TypeError: scope.push is not a function
[{"id":1},{"id":2,"traits":{"":7}}] written as [{"id":1},{"id":2,"traits":{"":7}}], read as TypeError: scope.push is not a function
{"points":null,"city":"Oslo"} written as {"city":"Oslo"}, read as {"city":"Oslo"}
END
