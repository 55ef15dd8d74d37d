#!/usr/bin/env bash
# In a pattern of PostgreSQL `TH` behind a number stands for the ending of an ordinal, as in 3rd, and so it does in the middle of
# `YYYY-MM-DDTHH24:MI:SS`: what is left of it has no hours, and 10:11:12 becomes 00:01:12. An empty text is a date too, in the year 1 BC,
# and a number with more digits than the pattern has loses the last ones. None of it is an error.
#
# Version: PostgreSQL 18.6 in @electric-sql/pglite 0.5.16 (npm), and 15.18 by itself.   Needs: bash, Node 20 or later with npm.
# Hurts: times and birthdates in texts that are read by a pattern, and points beyond its digits.
# Expected: 10:11:12, NULL or an error, and an error. Here: a birthdate is read whole by its pattern, or left
# out with a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @electric-sql/pglite@0.5.16

cat > show.mjs <<'END'
import { PGlite } from '@electric-sql/pglite'

const database = new PGlite()
for (const expression of [
  `to_timestamp('2020-01-31T10:11:12', 'YYYY-MM-DD"T"HH24:MI:SS')`,
  `to_timestamp('2020-01-31T10:11:12', 'YYYY-MM-DDTHH24:MI:SS')`,
  `to_date('', 'YYYY-MM-DD')`,
  `to_number('12', '99')`,
  `to_number('123', '99')`,
]) {
  const { rows } = await database.query(`SELECT (${expression})::text AS seen`)
  console.log(`${expression} -> ${rows[0].seen}`)
}
await database.close()
END
TZ=UTC node show.mjs > seen
cat seen
diff seen - <<'END'
to_timestamp('2020-01-31T10:11:12', 'YYYY-MM-DD"T"HH24:MI:SS') -> 2020-01-31 10:11:12+00
to_timestamp('2020-01-31T10:11:12', 'YYYY-MM-DDTHH24:MI:SS') -> 2020-01-31 00:01:12+00
to_date('', 'YYYY-MM-DD') -> 0001-01-01 BC
to_number('12', '99') -> 12
to_number('123', '99') -> 12
END
