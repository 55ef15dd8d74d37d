#!/usr/bin/env bash
# Three validators find a day valid that there is none of, and make another one of it: yup, joi even with `iso()`, and io-ts-types make 1 March of
# 29 February 2021, yup a day of 2021 of the month 13. For yup and io-ts-types `7` is 1 July 2001, and `1,5` is 5 January.
#
# Version: yup 1.7.1, joi 18.3.2, io-ts-types 0.5.19 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: birthdates that were typed wrong pass the form, and look right for ever after; a number of points in the wrong field is a day.
# Expected: an error, which is what one asks a validator for. Here: a day that there is none of is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit yup@1.7.1 joi@18.3.2 fp-ts@2.16.11 io-ts@2.2.22 io-ts-types@0.5.19
cat > show.cjs <<'END'
const yup = require('yup')
const joi = require('joi')
const { DateFromISOString } = require('io-ts-types')

const readers = {
  yup: (text) => yup.date().validateSync(text),
  joi: (text) => joi.attempt(text, joi.date().iso()),
  'io-ts-types': (text) => DateFromISOString.decode(text).right,
}
for (const text of ['2020-02-29', '2021-02-29', '2020-13-01', '7', '1,5']) {
  const results = Object.entries(readers).map(([name, read]) => {
    try {
      return `${name} ${read(text).toISOString().slice(0, 10)}`
    } catch (error) {
      return `${name} error`
    }
  })
  console.log(`${text}: ${results.join(', ')}`)
}
END
TZ=UTC node show.cjs > seen
cat seen
diff seen - <<'END'
2020-02-29: yup 2020-02-29, joi 2020-02-29, io-ts-types 2020-02-29
2021-02-29: yup 2021-03-01, joi 2021-03-01, io-ts-types 2021-03-01
2020-13-01: yup 2021-01-01, joi error, io-ts-types error
7: yup 2001-07-01, joi error, io-ts-types 2001-07-01
1,5: yup 2001-01-05, joi error, io-ts-types 2001-01-05
END
