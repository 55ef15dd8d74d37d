#!/usr/bin/env bash
# csv-stringify, which most Node programs write CSV with, writes the boolean true as 1, false as an empty cell, and a Date as the number
# of its milliseconds. csv-parse, its other half, makes text of all of it: false and a missing value are one.
#
# Version: csv-stringify 6.9.0 (npm).   Needs: bash, Node 18 or later with npm.
# Hurts: consent: who said no to a newsletter has said nothing any more.
# Expected: `true`, `false` and the date in ISO 8601, as JSON has them. Here: tables hold `true` and `false`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-package-lock --prefix . csv-stringify@6.9.0

cat > show.cjs <<'END'
const { stringify } = require('csv-stringify/sync');

const people = [
  { newsletter: true, birthday: new Date('1990-02-28T00:00:00Z') },
  { newsletter: false, birthday: null },
  { newsletter: undefined, birthday: null },
];
process.stdout.write(stringify(people, { header: true }));
END
node show.cjs > seen
cat seen
diff seen - <<'END'
newsletter,birthday
1,636163200000
,
,
END
