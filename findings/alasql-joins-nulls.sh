#!/usr/bin/env bash
# In AlaSQL, null equals null where tables are joined: people without an email are one with each other, and with whoever has no email in the
# other table. In WHERE the same comparison is not true, as in SQL.
#
# Version: alasql 4.19.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: who matches customers by email or phone: a stranger's points go to everybody who left the field empty.
# Expected: one pair. Here: who has no identifier is rejected by name, and never matched.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit alasql@4.19.1
cat > show.mjs <<'END'
import alasql from 'alasql'

const people = [{ id: 'ada', email: 'ada@example.org' }, { id: 'grace', email: null }, { id: 'alan' }]
const points = [{ email: 'ada@example.org', points: 7 }, { email: null, points: 1000 }]
for (const sql of [
  'SELECT p.id, q.points FROM ? AS p JOIN ? AS q ON p.email = q.email',
  'SELECT p.id, q.points FROM ? AS p JOIN ? AS q USING email',
  'SELECT p.id, q.points FROM ? AS p, ? AS q WHERE p.email = q.email',
]) console.log(sql, '\n ', JSON.stringify(alasql(sql, [people, points])))
console.log('NULL = NULL is', alasql('SELECT VALUE NULL = NULL'))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
SELECT p.id, q.points FROM ? AS p JOIN ? AS q ON p.email = q.email 
  [{"id":"ada","points":7},{"id":"grace","points":1000}]
SELECT p.id, q.points FROM ? AS p JOIN ? AS q USING email 
  [{"id":"ada","points":7},{"id":"grace","points":1000}]
SELECT p.id, q.points FROM ? AS p, ? AS q WHERE p.email = q.email 
  [{"id":"ada","points":7}]
NULL = NULL is undefined
END
