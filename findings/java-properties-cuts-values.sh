#!/usr/bin/env bash
# java-properties reads files of properties otherwise than Java does: it cuts blanks from the end of a value, where they count, parts a line at an
# escaped `=` or `:` in the key, does not know a tab between key and value, and takes a comment behind blanks for a property.
#
# Version: java-properties 1.0.2, dot-properties 1.1.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: passwords with a blank at their end, and names of segments as keys: what is set is not what the file says.
# Expected: what java.util.Properties says of such files, as dot-properties reads them. Here: settings are TOML, JSON or the environment.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit java-properties@1.0.2 dot-properties@1.1.2
printf '%s\n' 'password = two words ' 'tier\=gold = yes' 'points\:now: 7' > people.properties
printf 'city\tLund\n  # remark: none\n' >> people.properties
cat > show.cjs <<'END'
const { readFileSync } = require('node:fs')
const { of } = require('java-properties')
const { parse } = require('dot-properties')

const properties = of('people.properties')
console.log('java-properties:', JSON.stringify(Object.fromEntries(properties.getKeys().map((key) => [key, properties.get(key)]))))
console.log('dot-properties: ', JSON.stringify(parse(readFileSync('people.properties', 'utf8'))))
END
node show.cjs > seen
cat seen
diff seen - <<'END'
java-properties: {"password":"two words","tier\\":"gold = yes","points\\":"now: 7","city\tLund":"","# remark":"none"}
dot-properties:  {"password":"two words ","tier=gold":"yes","points:now":"7","city":"Lund"}
END
