#!/usr/bin/env bash
# tidy's joins write the columns of the right table over those of the same name in the left one, for the rows that match alone. They take the text
# "1" for the number 1, and rows without a key for equal; the key that comes out is that of the right.
#
# Version: @tidyjs/tidy 2.6.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: whoever adds a table to customers: emails are those of the account manager, where there is one.
# Expected: both columns under two names, as in dplyr, whose verbs it has, or an error; no row for a key that is missing. Here: nothing is joined.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @tidyjs/tidy@2.6.1
cat > show.mjs <<'END'
import { innerJoin, leftJoin, tidy } from '@tidyjs/tidy'

const people = [
  { account: '1', email: 'ada@example.com' },
  { account: '2', email: 'bo@example.com' },
  { account: null, email: 'cy@example.com' },
]
const accounts = [{ account: 1, email: 'manager@example.com' }, { account: null, email: 'nobody@example.com' }]
console.log('left: ', JSON.stringify(tidy(people, leftJoin(accounts, { by: 'account' }))))
console.log('inner:', JSON.stringify(tidy(people, innerJoin(accounts, { by: 'account' }))))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
left:  [{"account":1,"email":"manager@example.com"},{"account":"2","email":"bo@example.com"},{"account":null,"email":"nobody@example.com"}]
inner: [{"account":1,"email":"manager@example.com"},{"account":null,"email":"nobody@example.com"}]
END
