#!/usr/bin/env bash
# node-object-hash writes an object down without quotes before it hashes it, so that a comma or a colon inside a text is as good as one between
# members: a person whose name is `Ada,phone:1` has the hash of Ada with the phone 1, and the tag `gold,new` that of the tags gold and new.
#
# Version: node-object-hash 3.1.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: who sends only what changed since the last time, or keeps answers under a hash: a change of tags is none, and two people are one.
# Expected: other hashes; that it takes 1 for "1" and puts lists in order are its documented options. Here: texts are hashed with their ends.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit node-object-hash@3.1.1
cat > show.cjs <<'END'
const { hasher } = require('node-object-hash')

const pairs = [
  [{ name: 'Ada', phone: '1' }, { name: 'Ada,phone:1' }],
  [{ tags: ['gold', 'new'] }, { tags: ['gold,new'] }],
  [{ tags: [null] }, { tags: [] }],
  [{ name: 'Ada', phone: '1' }, { name: 'Ada', phone: '2' }],
]
const hash = hasher().hash
for (const [one, other] of pairs) {
  console.log(`${JSON.stringify(one)} and ${JSON.stringify(other)}: ${hash(one) === hash(other) ? 'one hash' : 'two hashes'}`)
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
{"name":"Ada","phone":"1"} and {"name":"Ada,phone:1"}: one hash
{"tags":["gold","new"]} and {"tags":["gold,new"]}: one hash
{"tags":[null]} and {"tags":[]}: one hash
{"name":"Ada","phone":"1"} and {"name":"Ada","phone":"2"}: two hashes
END
