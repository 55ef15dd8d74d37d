#!/usr/bin/env bash
# vcf does not know quoted parameters: it cuts the label of an address at its colon, puts the rest into the post office box, and writes the label in
# capitals. It leaves escapes in texts as they are (`\,` and `\n` are two characters each), and soft line breaks of vCard 2.1 become a property.
#
# Version: vcf 2.1.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: contacts as phones export them: addresses that are not those of the person, and half a remark.
# Expected: the label as it is, and texts without escapes. Here: no vCards are read; for JSON and CSV every text comes back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit vcf@2.1.2
cat > show.cjs <<'END'
const VCard = require('vcf')

const read = (version, ...lines) => new VCard().parse(['BEGIN:VCARD', `VERSION:${version}`, 'FN:Ada', ...lines, 'END:VCARD', ''].join('\r\n'))
const address = read('3.0', 'ADR;LABEL="1 Main St: Flat 2":;;1 Main St;Berlin;;10115;Germany', 'NOTE:tall\\, quick')
for (const property of address.toJSON()[1].slice(2)) {
  console.log(JSON.stringify(property))
}
console.log(address.toString().split('\r\n').find((line) => line.startsWith('ADR')))
const old = read('2.1', 'NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:lives in Main Stra=C3=9Fe=', '=20seven')
for (const property of old.toJSON()[1].slice(2)) {
  console.log(JSON.stringify(property))
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
["adr",{"label":"\"1 Main St"},"text",[" Flat 2\":","","1 Main St","Berlin","","10115","Germany"]]
["note",{},"text","tall\\, quick"]
ADR;LABEL="1 MAIN ST: Flat 2":;;1 Main St;Berlin;;10115;Germany
["note",{"encoding":"QUOTED-PRINTABLE","charset":"UTF-8"},"text","lives in Main Stra=C3=9Fe="]
["=20Seven",{},"text",null]
END
