#!/usr/bin/env bash
# mingo, MongoDB's queries for JavaScript, takes days that there are none of for others (29 February 2021 is 1 March), adds a month to 31 January
# and has 3 March, puts 1 January 2021 into the week-year 2021, makes 0 of an empty text and 31 of `0x1F`, and finds no single text by `$all`.
#
# Version: mingo 7.2.7 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: pipelines that are tested with it and run in MongoDB, or the other way round: renewals on other days, points for who has none.
# Expected: what MongoDB's manual says: errors, 28 February, 2020, errors, and the document. Here: a day that there is none of is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit mingo@7.2.7
cat > show.mjs <<'END'
import { aggregate, Query } from 'mingo'

const day = new Date('2021-01-31T00:00:00Z')
for (const expression of [
  { $toDate: '2021-02-29' },
  { $dateFromString: { dateString: '2021-02-30' } },
  { $dateAdd: { startDate: day, unit: 'month', amount: 1 } },
  { $isoWeekYear: new Date('2021-01-01T00:00:00Z') },
  { $toInt: '' },
  { $toInt: '0x1F' },
  { $toInt: '1_000' },
]) {
  let result
  try {
    result = JSON.stringify(aggregate([{}], [{ $project: { _id: 0, result: expression } }])[0].result)
  } catch (error) {
    result = 'error'
  }
  console.log(`${JSON.stringify(expression)} -> ${result}`)
}
console.log('$all finds', [{ tags: ['gold'] }, { tags: 'gold' }].filter((person) => new Query({ tags: { $all: ['gold'] } }).test(person)).length, 'of 2')
END
node show.mjs > seen
cat seen
diff seen - <<'END'
{"$toDate":"2021-02-29"} -> "2021-03-01T00:00:00.000Z"
{"$dateFromString":{"dateString":"2021-02-30"}} -> "2021-03-02T00:00:00.000Z"
{"$dateAdd":{"startDate":"2021-01-31T00:00:00.000Z","unit":"month","amount":1}} -> "2021-03-03T00:00:00.000Z"
{"$isoWeekYear":"2021-01-01T00:00:00.000Z"} -> 2021
{"$toInt":""} -> 0
{"$toInt":"0x1F"} -> 31
{"$toInt":"1_000"} -> error
$all finds 1 of 2
END
