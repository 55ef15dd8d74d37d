#!/usr/bin/env bash
# Three libraries for amounts read a negative one as positive if its sign is U+2212, as JavaScript's own Intl writes it for Sweden and Norway: −5 is
# 5. They take letters between digits out: 1e21 is 121, and "5 points, 3 bonus" is 53. accounting reads `5-` as 5, too, as ERP systems write it.
#
# Version: currency.js 2.0.4, accounting 0.4.1, numeral 2.0.6 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: refunds and used points, from a page or a list: they are added. Sums are wrong by twice the amount, in the customer's favour.
# Expected: -5, or an error, as of `--5` in currency.js; that the comma needs an option is documented. Here: what is no number is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit currency.js@2.0.4 accounting@0.4.1 numeral@2.0.6
cat > show.cjs <<'END'
const currency = require('currency.js')
const { unformat } = require('accounting')
const numeral = require('numeral')

const swedish = new Intl.NumberFormat('sv-SE').format(-5)
for (const text of ['-5', swedish, `${swedish}.25`, '5-', '1e21', '5 points, 3 bonus']) {
  console.log(`${text} -> currency.js ${currency(text).value}, accounting ${unformat(text)}, numeral ${numeral(text).value()}`)
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
-5 -> currency.js -5, accounting -5, numeral -5
−5 -> currency.js 5, accounting 5, numeral 5
−5.25 -> currency.js 5.25, accounting 5.25, numeral 5.25
5- -> currency.js NaN, accounting 5, numeral -5
1e21 -> currency.js 121, accounting 121, numeral 121
5 points, 3 bonus -> currency.js 53, accounting 53, numeral 53
END
