#!/usr/bin/env bash
# @xmldom/xmldom reads U+2028 and U+0085 in XML 1.0 as line breaks, which they are in XML 1.1 alone: the text has a line more, and in an attribute
# there is a blank. In XML 1.0 both are characters like others. plist, which reads by it, changes the texts that it wrote itself.
#
# Version: @xmldom/xmldom 0.9.12, plist 5.0.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: remarks pasted from a word processor: what is read is not what was written, so that comparisons and signatures fail.
# Expected: the same characters. Here: only a line feed ends a line, and characters inside a text stay what they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @xmldom/xmldom@0.9.12 plist@5.0.0
cat > show.mjs <<'END'
import { DOMParser } from '@xmldom/xmldom'
import * as plist from 'plist'

const show = (text) => [...text].map((c) => (c < ' ' || c > '~' ? `U+${c.codePointAt(0).toString(16).padStart(4, '0')}` : c)).join('')
const xml = '<?xml version="1.0"?><person note="one\u2028two">three\u2028four\u0085five</person>'
const person = new DOMParser().parseFromString(xml, 'text/xml').documentElement
console.log(show(person.textContent))
console.log(show(person.getAttribute('note')))
console.log(show(plist.parse(plist.build({ note: 'six\u2028seven' })).note))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
threeU+000afourU+000afive
one two
sixU+000aseven
END
