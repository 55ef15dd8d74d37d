#!/usr/bin/env bash
# A line `null` is JSON like another. The package ndjson hands it on as a value, and to a stream of Node null means that nothing more
# comes: as the last line it vanishes, before others it ends everything with an error that names neither a line nor a cause, and what
# follows it is not read. `0` and `false` are handed on.
#
# Version: ndjson 2.0.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: exports of engines that write a row for each left join: a row without a match is `null`.
# Expected: a row that is null, or an error that names the line. Here: such a line is rejected with its number, and the rest goes on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit ndjson@2.0.0

cat > show.cjs <<'END'
const ndjson = require('ndjson')
const { Readable } = require('stream')

const read = (lines) => new Promise((done) => {
  const rows = []
  const end = (how) => done(`${JSON.stringify(rows)} ${how}`)
  Readable.from([lines.join('\n') + '\n']).pipe(ndjson.parse())
    .on('data', (row) => rows.push(row)).on('end', () => end('end')).on('error', (error) => end(error.message))
})
const main = async () => {
  for (const lines of [['{"id":1}', '{"id":2}'], ['{"id":1}', 'null'], ['{"id":1}', 'null', '{"id":2}'], ['0', 'false']])
    console.log(lines.join(' '), '->', await read(lines))
}
main()
END
node show.cjs > seen
cat seen
diff seen - <<'END'
{"id":1} {"id":2} -> [{"id":1},{"id":2}] end
{"id":1} null -> [{"id":1}] end
{"id":1} null {"id":2} -> [{"id":1}] stream.push() after EOF
0 false -> [0,false] end
END
