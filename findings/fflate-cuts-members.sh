#!/usr/bin/env bash
# A gzip file may have many members, one behind the other: that is what `cat a.gz b.gz`, block compressors and log shippers make.
# fflate's `gunzipSync` and `gunzip` read the first one, and cut it to the length of the last, without an error; its stream class
# reads all. With an empty last member nothing at all comes out.
#
# Version: fflate 0.8.3 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: exports that are read in a browser, where fflate is at home: the list ends early, in the middle of a line.
# Expected: all members, or only the first one whole, as some do. Here: all members are read, and what follows the end is told.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit fflate@0.8.3

cat > show.cjs <<'END'
const { gzipSync, gunzipSync } = require('zlib')
const fflate = require('fflate')

const long = Buffer.from('{"segment_id":"use_1","traits":{"name":"Ada"}}\n')
const short = Buffer.from('{"segment_id":"use_2"}\n')
const text = (bytes) => JSON.stringify(Buffer.from(bytes).toString())
for (const [name, last] of [['two people', short], ['an empty member', Buffer.alloc(0)]]) {
  const file = Buffer.concat([gzipSync(long), gzipSync(last)])
  const streamed = []
  new fflate.Gunzip((chunk) => streamed.push(chunk)).push(file, true)
  console.log(name)
  console.log('  zlib         ', text(gunzipSync(file)))
  console.log('  fflate       ', text(fflate.gunzipSync(file)))
  console.log('  fflate stream', text(Buffer.concat(streamed)))
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
two people
  zlib          "{\"segment_id\":\"use_1\",\"traits\":{\"name\":\"Ada\"}}\n{\"segment_id\":\"use_2\"}\n"
  fflate        "{\"segment_id\":\"use_1\",\""
  fflate stream "{\"segment_id\":\"use_1\",\"traits\":{\"name\":\"Ada\"}}\n{\"segment_id\":\"use_2\"}\n"
an empty member
  zlib          "{\"segment_id\":\"use_1\",\"traits\":{\"name\":\"Ada\"}}\n"
  fflate        ""
  fflate stream "{\"segment_id\":\"use_1\",\"traits\":{\"name\":\"Ada\"}}\n"
END
