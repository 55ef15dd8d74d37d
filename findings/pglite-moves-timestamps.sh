#!/usr/bin/env bash
# PGlite writes a Date into a column `timestamp` in UTC, and reads it from there in the time zone of the machine: it comes back some hours later,
# and with each turn later again. Days in front of the year 1 come back as no date at all.
#
# Version: @electric-sql/pglite 0.5.17 (npm), PostgreSQL in WebAssembly.   Needs: bash, Node 20 or later with npm.
# Hurts: whoever reads and writes people on a machine that is not in UTC: a birthdate at midnight is the day after, or before.
# Expected: the same moment, as with `timestamptz`, or as pg does, which writes local time, too. Here: times keep their offset, or have none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @electric-sql/pglite@0.5.17
cat > show.mjs <<'END'
import { PGlite } from '@electric-sql/pglite'

const database = new PGlite()
await database.exec('create table people (id int, born timestamp, seen timestamptz)')
let time = new Date('1990-02-28T10:00:00Z')
for (let turn = 1; turn <= 3; turn += 1) {
  await database.query('insert into people values ($1, $2, $3)', [turn, time, time])
  const { rows } = await database.query('select born, seen, born::text as stored from people where id = $1', [turn])
  console.log(`written ${time.toISOString()}, stored ${rows[0].stored}, read ${rows[0].born.toISOString()}, timestamptz ${rows[0].seen.toISOString()}`)
  time = rows[0].born
}
const { rows } = await database.query("select date '0044-03-15 BC' as day")
console.log(String(rows[0].day))
process.exit(0)
END
TZ=Etc/GMT+5 node show.mjs > seen
cat seen
diff seen - <<'END'
written 1990-02-28T10:00:00.000Z, stored 1990-02-28 10:00:00, read 1990-02-28T15:00:00.000Z, timestamptz 1990-02-28T10:00:00.000Z
written 1990-02-28T15:00:00.000Z, stored 1990-02-28 15:00:00, read 1990-02-28T20:00:00.000Z, timestamptz 1990-02-28T15:00:00.000Z
written 1990-02-28T20:00:00.000Z, stored 1990-02-28 20:00:00, read 1990-03-01T01:00:00.000Z, timestamptz 1990-02-28T20:00:00.000Z
Invalid Date
END
