#!/usr/bin/env bash
# xml-js writes attributes as they are but for quotation marks: one ampersand or `<` in them, and the file is no XML, which its own reader says. In
# a text it takes `&amp;` for an ampersand that is written already: a text about HTML comes back as another.
#
# Version: xml-js 1.6.11 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: companies in attributes, as `Smith & Sons`: one of them, and nobody can read the whole feed.
# Expected: `&amp;` in both, once for each ampersand. Here: no XML is written; in JSON every text comes back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit xml-js@1.6.11
cat > show.cjs <<'END'
const { js2xml, xml2js } = require('xml-js')

const options = { compact: true }
for (const person of [{ _attributes: { company: 'Smith "and" Sons' } }, { _attributes: { company: 'Smith & Sons' } }, { _text: 'write < as &lt;' }, { _text: 'write & as &amp;' }]) {
  const xml = js2xml({ person }, options)
  console.log(JSON.stringify(person), '->', xml)
  try {
    console.log('  ', JSON.stringify(xml2js(xml, options).person))
  } catch (error) {
    console.log('  ', error.message.split('\n')[0])
  }
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
{"_attributes":{"company":"Smith \"and\" Sons"}} -> <person company="Smith &quot;and&quot; Sons"/>
   {"_attributes":{"company":"Smith \"and\" Sons"}}
{"_attributes":{"company":"Smith & Sons"}} -> <person company="Smith & Sons"/>
   Invalid character in entity name
{"_text":"write < as &lt;"} -> <person>write &lt; as &amp;lt;</person>
   {"_text":"write < as &lt;"}
{"_text":"write & as &amp;"} -> <person>write &amp; as &amp;</person>
   {"_text":"write & as &"}
END
