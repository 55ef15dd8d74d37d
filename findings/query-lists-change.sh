#!/usr/bin/env bash
# Lists in a query change in the hands of the library that wrote them: qs with `arrayFormat: 'comma'` encodes the comma, and then reads the list as
# one text; query-string with `bracket-separator` encodes the separator inside a value, and then parts the value there. With its `separator` it does
# not.
#
# Version: qs 6.17.1, query-string 9.5.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: lists of tags and ids in a request: the other side sees one tag that nobody has, or two of which none was meant.
# Expected: the list that was written. Here: lists go in JSON.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit qs@6.17.1 query-string@9.5.1
cat > show.mjs <<'END'
import qs from 'qs'
import queryString from 'query-string'

const show = (name, text, back) => console.log(`${name}: ${text} -> ${JSON.stringify(back.tags)}`)
const comma = qs.stringify({ tags: ['new', 'gold'] }, { arrayFormat: 'comma' })
show('qs, comma', comma, qs.parse(comma, { comma: true }))
for (const arrayFormat of ['separator', 'bracket-separator']) {
  const options = { arrayFormat, arrayFormatSeparator: '|' }
  const text = queryString.stringify({ tags: ['new|old', 'gold'] }, options)
  show(`query-string, ${arrayFormat}`, text, queryString.parse(text, options))
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
qs, comma: tags=new%2Cgold -> "new,gold"
query-string, separator: tags=new%7Cold|gold -> ["new|old","gold"]
query-string, bracket-separator: tags[]=new%7Cold|gold -> ["new","old","gold"]
END
