#!/usr/bin/env bash
# Drizzle parses the value of a column of JSON, which its driver has parsed already, once more if it is a text: `7` is read as the number 7, `null`
# as null, and a text with braces as an object. In the database they are the texts that were written.
#
# Version: drizzle-orm 0.45.4, @electric-sql/pglite 0.5.17 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: single values of people in JSON columns: codes and sizes change their type between writing and reading, some of them only.
# Expected: the value that was written. Here: texts stay texts, whatever is in them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit drizzle-orm@0.45.4 @electric-sql/pglite@0.5.17
cat > show.mjs <<'END'
import { PGlite } from '@electric-sql/pglite'
import { jsonb, pgTable, serial } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/pglite'

const client = new PGlite()
await client.exec('create table people (id serial, size jsonb)')
const people = pgTable('people', { id: serial('id'), size: jsonb('size') })
const database = drizzle(client)
for (const size of ['gold', '7', '007', 'null', 'true', '{"a":1}']) {
  const [row] = await database.insert(people).values({ size }).returning()
  const { rows } = await client.query('select jsonb_typeof(size) as type, size::text as stored from people where id = $1', [row.id])
  console.log(`written ${JSON.stringify(size)}, stored as ${rows[0].type} ${rows[0].stored}, read ${JSON.stringify(row.size)}`)
}
process.exit(0)
END
node show.mjs > seen
cat seen
diff seen - <<'END'
written "gold", stored as string "gold", read "gold"
written "7", stored as string "7", read 7
written "007", stored as string "007", read "007"
written "null", stored as string "null", read null
written "true", stored as string "true", read true
written "{\"a\":1}", stored as string "{\"a\":1}", read {"a":1}
END
