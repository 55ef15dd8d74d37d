#!/usr/bin/env bash
# Where a person has a list of objects, jsonexport writes a row for each of them. The columns that come after the list stand in the row of
# the last one, those before it in the row of the first: a person's id and email are in different rows, if the list is between them.
#
# Version: jsonexport 3.2.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: who imports the CSV, or filters it: the first row has no email, the last one has nobody's.
# Expected: all that is no list in the first row, or in each. Here: one row for each person, lists are JSON in their cell.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit jsonexport@3.2.0
cat > show.mjs <<'END'
import jsonexport from 'jsonexport'

const orders = [{ number: 'A1' }, { number: 'A2' }, { number: 'A3' }]
console.log(await jsonexport([{ id: 'ada', email: 'ada@example.org', orders }, { id: 'grace', email: 'grace@example.org' }]))
console.log(await jsonexport([{ id: 'ada', orders, email: 'ada@example.org' }, { id: 'grace', email: 'grace@example.org' }]))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
id,email,orders.number
ada,ada@example.org,A1
,,A2
,,A3
grace,grace@example.org,
id,orders.number,email
ada,A1,
,A2,
,A3,ada@example.org
grace,,grace@example.org
END
