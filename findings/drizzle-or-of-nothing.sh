#!/usr/bin/env bash
# Drizzle's `or` of no conditions is no condition: a list of searches that happens to be empty finds everybody, and in a delete takes everybody. An
# empty list in `inArray` finds nobody, as one expects.
#
# Version: drizzle-orm 0.45.4, @electric-sql/pglite 0.5.17 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: whoever deletes the people of a list, as of requests to be forgotten: on a day without any, the table is empty.
# Expected: nobody, which `or` of nothing is, or an error. Here: an empty list of people to delete deletes nobody.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit drizzle-orm@0.45.4 @electric-sql/pglite@0.5.17
cat > show.mjs <<'END'
import { PGlite } from '@electric-sql/pglite'
import { eq, inArray, or } from 'drizzle-orm'
import { pgTable, text } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/pglite'

const client = new PGlite()
await client.exec("create table people (email text); insert into people values ('ada@example.com'), ('bo@example.com'), ('cy@example.com')")
const people = pgTable('people', { email: text('email') })
const database = drizzle(client)
for (const emails of [['ada@example.com'], []]) {
  const conditions = { inArray: inArray(people.email, emails), or: or(...emails.map((email) => eq(people.email, email))) }
  for (const [name, condition] of Object.entries(conditions)) {
    const rows = await database.select().from(people).where(condition)
    console.log(`${name} of ${emails.length}: ${rows.length} found, ${database.delete(people).where(condition).toSQL().sql}`)
  }
}
process.exit(0)
END
node show.mjs > seen
cat seen
diff seen - <<'END'
inArray of 1: 1 found, delete from "people" where "people"."email" in ($1)
or of 1: 1 found, delete from "people" where "people"."email" = $1
inArray of 0: 0 found, delete from "people" where false
or of 0: 3 found, delete from "people"
END
