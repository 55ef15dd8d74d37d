#!/usr/bin/env bash
# Libraries for dates do not agree how old somebody is who was born on 29 February: on 28 February of a year without that day, date-fns says 20
# years where luxon, dayjs and moment say 21. date-fns' own `intervalToDuration` says 20 years and 12 months then, and differences backwards are
# others, too.
#
# Version: date-fns 4.4.0, luxon 3.7.2, dayjs 1.11.23, moment 2.31.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: whoever grants or refuses something by age: the same customer is of age on the page and not in the mail.
# Expected: one answer in a library, and 12 months in none. Here: a birthdate is sent as a day, and no ages are computed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit date-fns@4.4.0 luxon@3.7.2 dayjs@1.11.23 moment@2.31.0
cat > show.cjs <<'END'
const { differenceInMonths, differenceInYears, intervalToDuration, parseISO } = require('date-fns')
const { DateTime } = require('luxon')
const dayjs = require('dayjs')
const moment = require('moment')

for (const [from, to] of [['2000-02-29', '2021-02-28'], ['2000-02-29', '2021-03-01']]) {
  const [start, end] = [parseISO(from), parseISO(to)]
  const years = [differenceInYears(end, start), DateTime.fromISO(to).diff(DateTime.fromISO(from), 'years').years, dayjs(to).diff(from, 'year'), moment(to).diff(from, 'years')]
  console.log(`${from} to ${to}: date-fns ${years[0]}, luxon ${Math.trunc(years[1])}, dayjs ${years[2]}, moment ${years[3]}, intervalToDuration ${JSON.stringify(intervalToDuration({ start, end }))}`)
}
for (const [from, to] of [['2021-01-31', '2021-02-28'], ['2021-02-28', '2021-01-31']]) {
  console.log(`months from ${from} to ${to}: date-fns ${differenceInMonths(parseISO(to), parseISO(from))}, dayjs ${dayjs(to).diff(from, 'month')}, moment ${moment(to).diff(from, 'months')}`)
}
END
TZ=UTC node show.cjs > seen
cat seen
diff seen - <<'END'
2000-02-29 to 2021-02-28: date-fns 20, luxon 21, dayjs 21, moment 21, intervalToDuration {"years":20,"months":12}
2000-02-29 to 2021-03-01: date-fns 21, luxon 21, dayjs 21, moment 21, intervalToDuration {"years":21,"days":1}
months from 2021-01-31 to 2021-02-28: date-fns 1, dayjs 1, moment 1
months from 2021-02-28 to 2021-01-31: date-fns 0, dayjs -1, moment -1
END
