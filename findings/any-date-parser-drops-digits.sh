#!/usr/bin/env bash
# any-date-parser looks for a day anywhere in a text: where the first digit does not fit, it goes without it. 31/12/1990 is 12 January,
# and an offset without a colon is ignored. sugar-date makes 3 February of 02.03.1990.
#
# Version: any-date-parser 2.2.4, sugar-date 2.0.6 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: birthdates from Europe: whoever was born on the 13th or later is told of another day, and nobody of an error.
# Expected: 31 December, or an error. Here: a day is ISO 8601, or a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit any-date-parser@2.2.4 sugar-date@2.0.6
cat > show.mjs <<'END'
import anyDate from 'any-date-parser'
import Sugar from 'sugar-date'

const show = (date) => (Number.isNaN(date.getTime()) ? 'invalid' : date.toISOString().slice(0, 16))
for (const text of ['12/31/1990', '31/12/1990', '25/11/1990', '02.03.1990', '1990-02-28T10:00+0530']) {
  console.log(`${text} -> any-date-parser ${show(anyDate.fromString(text))}, sugar-date ${show(Sugar.Date.create(text))}`)
}
END
TZ=UTC node show.mjs > seen
cat seen
diff seen - <<'END'
12/31/1990 -> any-date-parser 1990-12-31T00:00, sugar-date 1990-12-31T00:00
31/12/1990 -> any-date-parser 1990-01-12T00:00, sugar-date invalid
25/11/1990 -> any-date-parser 1990-05-11T00:00, sugar-date invalid
02.03.1990 -> any-date-parser 1990-03-02T00:00, sugar-date 1990-02-03T00:00
1990-02-28T10:00+0530 -> any-date-parser 1990-02-28T10:00, sugar-date 1990-02-28T04:30
END
