#!/usr/bin/env bash
# Three libraries that merge objects keep old values where a new one is given, and lose Dates: merge makes {} of every Date, and keeps an object
# against a number or null; merge-deep keeps an old BigInt, and pushes a text onto a list; @fastify/deepmerge keeps an object against a Date.
#
# Version: merge 2.1.1, merge-deep 3.0.3, @fastify/deepmerge 3.2.4 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: who brings changes into what is there already: birthdates are gone, and what was withdrawn is still there.
# Expected: the new value; how lists are merged is theirs to say. Here: the last event wins, member by member, and nothing is pushed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit merge@2.1.1 merge-deep@3.0.3 @fastify/deepmerge@3.2.4
cat > show.cjs <<'END'
const { inspect } = require('node:util')
const { recursive } = require('merge')
const mergeDeep = require('merge-deep')
const deepmerge = require('@fastify/deepmerge')()

const born = new Date('1990-02-28')
const libraries = { merge: (old, now) => recursive(true, old, now), 'merge-deep': mergeDeep, '@fastify/deepmerge': deepmerge }
for (const [old, now] of [
  [{}, { born }],
  [{ born: { year: 1990 } }, { born }],
  [{ home: { city: 'Lund' } }, { home: null }],
  [{ points: { now: 5 } }, { points: 7 }],
  [{ id: 1n }, { id: 2n }],
  [{ tags: ['new'] }, { tags: 'gold' }],
]) {
  console.log(`${inspect(now)} over ${inspect(old)}:`)
  for (const [name, merge] of Object.entries(libraries)) {
    console.log(`  ${name}: ${inspect(merge(old, now))}`)
  }
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
{ born: 1990-02-28T00:00:00.000Z } over {}:
  merge: { born: {} }
  merge-deep: { born: 1990-02-28T00:00:00.000Z }
  @fastify/deepmerge: { born: 1990-02-28T00:00:00.000Z }
{ born: 1990-02-28T00:00:00.000Z } over { born: { year: 1990 } }:
  merge: { born: { year: 1990 } }
  merge-deep: { born: 1990-02-28T00:00:00.000Z }
  @fastify/deepmerge: { born: { year: 1990 } }
{ home: null } over { home: { city: 'Lund' } }:
  merge: { home: { city: 'Lund' } }
  merge-deep: { home: null }
  @fastify/deepmerge: { home: null }
{ points: 7 } over { points: { now: 5 } }:
  merge: { points: { now: 5 } }
  merge-deep: { points: 7 }
  @fastify/deepmerge: { points: 7 }
{ id: 2n } over { id: 1n }:
  merge: { id: 2n }
  merge-deep: { id: 1n }
  @fastify/deepmerge: { id: 2n }
{ tags: 'gold' } over { tags: [ 'new' ] }:
  merge: { tags: 'gold' }
  merge-deep: { tags: [ 'new', 'gold' ] }
  @fastify/deepmerge: { tags: 'gold' }
END
