#!/usr/bin/env bash
# convert-array-to-csv names the columns after the first object, and writes each other one in its own order, without a cell for what it does not
# have: a phone stands under `id`, and who has no email has the phone there. Keys that come later are written behind, without a name.
#
# Version: convert-array-to-csv 2.0.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: exports of people that do not all have the same members, as from any document store: valid CSV, in which emails are phones.
# Expected: the value of the column's key, and an empty cell where there is none. Here: the columns are those of all customers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit convert-array-to-csv@2.0.0
cat > show.cjs <<'END'
const { convertArrayToCSV } = require('convert-array-to-csv')

console.log(convertArrayToCSV([
  { id: 1, email: 'ada@example.com', phone: '+12125550100' },
  { phone: '+442079460958', id: 2, email: 'bo@example.com' },
  { id: 3, phone: '+4930231250170' },
  { id: 4, email: 'dan@example.com', phone: '+46701740605', city: 'Lund' },
]).trim())
END
node show.cjs > seen
cat seen
diff seen - <<'END'
id,email,phone
1,ada@example.com,+12125550100
+442079460958,2,bo@example.com
3,+4930231250170
4,dan@example.com,+46701740605,Lund
END
