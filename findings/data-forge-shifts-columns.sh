#!/usr/bin/env bash
# data-forge leaves out nulls when it gives a column as an array, though it counts them: of five customers' emails there are three, and the second
# is the third one's. Its `join` takes the text "1" for the number 1, and joins people without a key with each other.
#
# Version: data-forge 1.10.5 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: whoever writes columns side by side, or puts a computed one back by its place: emails move up to other customers.
# Expected: an array as long as the column, with null in it, and no join. Here: each row is written whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit data-forge@1.10.5
cat > show.cjs <<'END'
const { DataFrame } = require('data-forge')

const people = new DataFrame([
  { id: '1', email: 'ada@example.com' },
  { id: '2', email: null },
  { id: '3', email: 'cy@example.com' },
  { id: null, email: 'dan@example.com' },
  { id: '5', email: null },
])
const [ids, emails] = [people.getSeries('id'), people.getSeries('email')]
console.log(`ids: ${ids.count()} counted, ${JSON.stringify(ids.toArray())}`)
console.log(`emails: ${emails.count()} counted, ${JSON.stringify(emails.toArray())}`)
const tiers = new DataFrame([{ id: 1, tier: 'gold' }, { id: null, tier: 'none' }])
console.log(JSON.stringify(people.join(tiers, (row) => row.id, (row) => row.id, (one, other) => [one.email, other.tier]).toArray()))
END
node show.cjs > seen
cat seen
diff seen - <<'END'
ids: 5 counted, ["1","2","3","5"]
emails: 5 counted, ["ada@example.com","cy@example.com","dan@example.com"]
[["ada@example.com","gold"],["dan@example.com","none"]]
END
