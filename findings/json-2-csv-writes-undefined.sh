#!/usr/bin/env bash
# json-2-csv writes the words `undefined` and `null` where an object has no such key or null in it, and a date as JavaScript shows it to
# programmers. Read back by its own `csv2json`, a nickname that is the text "null" or "true" is none any more, and 1e5 is 100000, while 007 stays.
#
# Version: json-2-csv 5.6.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: everybody who has no phone: the import calls them `undefined`. Dates that no other program reads.
# Expected: empty cells, as from other writers, and ISO 8601. Here: what is missing is an empty cell, and all cells are text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit json-2-csv@5.6.0
cat > show.mjs <<'END'
import { csv2json, json2csv } from 'json-2-csv'

const people = [
  { id: 'ada', phone: '+12125550100', born: new Date('1948-03-01T00:00:00Z') },
  { id: 'grace', phone: null },
  { id: 'alan', nickname: 'null', badge: '1e5', room: '007', motto: 'true' },
]
const csv = json2csv(people)
console.log(csv)
console.log(JSON.stringify(csv2json(csv)[2]))
END
TZ=UTC node show.mjs > seen
cat seen
diff seen - <<'END'
id,phone,born,nickname,badge,room,motto
ada,+12125550100,Mon Mar 01 1948 00:00:00 GMT+0000 (Coordinated Universal Time),undefined,undefined,undefined,undefined
grace,null,undefined,undefined,undefined,undefined,undefined
alan,undefined,undefined,null,1e5,007,true
{"id":"alan","nickname":null,"badge":100000,"room":"007","motto":true}
END
