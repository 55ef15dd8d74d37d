#!/usr/bin/env bash
# ical.js leaves the backslash of `\;` in a text of a vCard 3.0, as other programs write a semicolon there, and doubles it when it writes the card:
# from then on the backslash is a part of the remark for everybody. Commas, line breaks and backslashes themselves are right.
#
# Version: ical.js 2.2.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: address books that are kept in step by it: remarks change, and never are equal to those of the other side.
# Expected: a semicolon, as RFC 2426 says of the escape. Here: what is written is read back as it was.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit ical.js@2.2.1
cat > show.mjs <<'END'
import ICAL from 'ical.js'

const card = ['BEGIN:VCARD', 'VERSION:3.0', 'FN:Ada Lovelace', 'NOTE:tall\\; quick\\, kind\\nshy', 'END:VCARD', ''].join('\r\n')
const note = (text) => text.split('\r\n').find((line) => line.startsWith('NOTE'))
const parsed = ICAL.parse(card)
console.log('read:   ', note(card))
console.log('as:     ', JSON.stringify(parsed[1].find((property) => property[0] === 'note')[3]))
console.log('written:', note(ICAL.stringify(parsed)))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
read:    NOTE:tall\; quick\, kind\nshy
as:      "tall\\; quick, kind\nshy"
written: NOTE:tall\\; quick\, kind\nshy
END
