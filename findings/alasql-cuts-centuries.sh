#!/usr/bin/env bash
# AlaSQL casts a day to a text with two digits of the year, so that 1948 and 2048 are the same, and 30 February
# to a day of March. No other program takes the result for the date.
#
# Version: alasql 4.19.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: birthdates: whoever was born in 1926 is a child.
# Expected: a date, or the text 1948-03-01. Here: a birthdate has four digits of a year, and a day that there is none of is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit alasql@4.19.1
cat > show.mjs <<'END'
import alasql from 'alasql'

for (const day of ['1948-03-01', '2048-03-01', '2021-02-30'])
  console.log(day, JSON.stringify(alasql(`SELECT VALUE CAST('${day}' AS DATE)`)))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
1948-03-01 "48.03.01"
2048-03-01 "48.03.01"
2021-02-30 "21.03.02"
END
