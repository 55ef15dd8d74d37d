#!/usr/bin/env bash
# The usual way to read NDJSON in Node, `readline` or `filehandle.readLines()`, ends lines at U+2028 and U+2029, too, since version 24;
# up to 22 it did not. Both characters may stand in a JSON string as they are. After the update the same program meets two halves
# that are no JSON where one person was. The package split2 reads the file right in all versions.
#
# Version: Node 22.23.3 and 24.21.0 (npm package `node`).   Needs: bash, npm; Linux or macOS as that package has them.
# Hurts: exports with text from word processors; a reader that skips bad lines loses those people, and more of them after an update.
# Expected: lines end at line feeds, in every version. Here: lines end at line feeds only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for version in 22.23.3 24.21.0; do
    mkdir "$version"
    (cd "$version" && npm init -y > init.log && npm install --silent --no-fund --no-audit "node@$version")
done

cat > show.mjs <<'END'
import { createReadStream, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'

writeFileSync('people.ndjson', '{"street":"1 High Street\u2028Oxford"}\n{"street":"2 High Street"}\n')
const count = async (lines) => {
  let good = 0, bad = 0
  for await (const line of lines) try { JSON.parse(line); good++ } catch { bad++ }
  return `${good} people, ${bad} lines that are no JSON`
}
console.log(process.version)
console.log('  readline ', await count(createInterface({ input: createReadStream('people.ndjson') })))
console.log('  readLines', await count((await open('people.ndjson')).readLines()))
END
for version in 22.23.3 24.21.0; do "$version/node_modules/.bin/node" show.mjs; done > seen
cat seen
diff seen - <<'END'
v22.23.3
  readline  2 people, 0 lines that are no JSON
  readLines 2 people, 0 lines that are no JSON
v24.21.0
  readline  1 people, 2 lines that are no JSON
  readLines 1 people, 2 lines that are no JSON
END
