#!/usr/bin/env bash
# csvjson writes a tab for each comma and each line break inside a text, does not double quotation marks, and leaves out columns of dates. It reads a
# line break inside quotation marks as the end of the row, with `quote`, too, and of a cell with doubled ones only what is behind the last of them.
#
# Version: csvjson 5.1.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: addresses and remarks: they change without an error, a row becomes two, and the second has a phone where the name is.
# Expected: CSV, in which texts with commas are quoted. Here: every text comes back, whatever is in it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit csvjson@5.1.0
cat > show.cjs <<'END'
const csvjson = require('csvjson')

const people = [
  { id: 1, born: new Date('1990-02-28'), name: 'Lovelace, Ada', note: 'first\nsecond' },
  { id: 2, born: new Date('1991-03-01'), name: 'Bo "B" Berg', note: 'none' },
]
console.log(csvjson.toCSV(people, { headers: 'key' }).replaceAll('\t', '<tab>'))
const csv = 'id,name,phone\n1,"Lovelace, Ada",+12125550100\n2,"Bo ""B"" Berg",+442079460958\n3,"Cy\nDent",+46701740605\n'
for (const row of csvjson.toObject(csv, { quote: true })) {
  console.log(JSON.stringify(row))
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
id,name,note
1,Lovelace<tab> Ada,first<tab>second
2,Bo "B" Berg,none
{"id":"1","name":"Lovelace, Ada","phone":"+12125550100"}
{"id":"2","name":"Berg","phone":"+442079460958"}
{"id":"3","name":"Cy","phone":""}
{"id":"","name":"+46701740605","phone":""}
END
