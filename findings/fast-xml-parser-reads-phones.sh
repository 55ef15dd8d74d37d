#!/usr/bin/env bash
# fast-xml-parser makes numbers of texts, by default: a phone loses its plus, a postcode its zeros, and hexadecimal ids become decimal. It leaves
# numeric character references as they are, which every reader of XML has to replace: `Jos&#233;` is nine characters long.
#
# Version: fast-xml-parser 5.12.1, xml2js 0.6.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: customers from an XML feed: phones that nobody can call from abroad, and names with `&#233;` in the letter.
# Expected: the texts, as xml2js reads them. Here: a text stays text until the field that it is for says otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit fast-xml-parser@5.12.1 xml2js@0.6.2
cat > show.mjs <<'END'
import { XMLParser } from 'fast-xml-parser'
import { parseStringPromise } from 'xml2js'

const xml = '<person city="M&#252;nchen"><name>Jos&#233; &amp; &#x141;ukasz</name><phone>+12125550100</phone><zip>00501</zip><id>0x1F</id></person>'
console.log(JSON.stringify(new XMLParser({ ignoreAttributes: false }).parse(xml)))
console.log(JSON.stringify(await parseStringPromise(xml)))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
{"person":{"name":"Jos&#233; & &#x141;ukasz","phone":12125550100,"zip":501,"id":31,"@_city":"M&#252;nchen"}}
{"person":{"$":{"city":"München"},"name":["José & Łukasz"],"phone":["+12125550100"],"zip":["00501"],"id":["0x1F"]}}
END
