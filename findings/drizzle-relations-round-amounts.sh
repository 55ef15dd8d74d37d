#!/usr/bin/env bash
# Drizzle's relational queries fetch the rows that belong to another one as JSON, and parse it as JavaScript does: an amount in a column `numeric`
# comes as a text with other digits, and an id of 64 bits as a BigInt of its neighbour. The same columns in a plain select are exact.
#
# Version: drizzle-orm 0.45.4, @electric-sql/pglite 0.5.17 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: orders under their customers: types say that nothing is lost, and the ids are of other orders.
# Expected: what the plain select gives. Here: numbers keep their digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit drizzle-orm@0.45.4 @electric-sql/pglite@0.5.17
cat > show.mjs <<'END'
import { PGlite } from '@electric-sql/pglite'
import { relations } from 'drizzle-orm'
import { bigint, integer, numeric, pgTable } from 'drizzle-orm/pg-core'
import { drizzle } from 'drizzle-orm/pglite'

const people = pgTable('people', { id: integer('id').primaryKey() })
const orders = pgTable('orders', { id: bigint('id', { mode: 'bigint' }), person: integer('person'), amount: numeric('amount') })
const schema = {
  people,
  orders,
  ofPeople: relations(people, ({ many }) => ({ orders: many(orders) })),
  ofOrders: relations(orders, ({ one }) => ({ person: one(people, { fields: [orders.person], references: [people.id] }) })),
}
const client = new PGlite()
await client.exec('create table people (id int primary key); create table orders (id bigint, person int, amount numeric)')
const database = drizzle(client, { schema })
await database.insert(people).values({ id: 1 })
await database.insert(orders).values({ id: 9007199254740993n, person: 1, amount: '12345678901234567.10' })
console.log('plain select:', (await database.select().from(orders))[0])
console.log('relational:  ', (await database.query.people.findFirst({ with: { orders: true } })).orders[0])
process.exit(0)
END
node show.mjs > seen
cat seen
diff seen - <<'END'
plain select: { id: 9007199254740993n, person: 1, amount: '12345678901234567.10' }
relational:   { id: 9007199254740992n, person: 1, amount: '12345678901234568' }
END
