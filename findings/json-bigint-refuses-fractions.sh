#!/usr/bin/env bash
# With `useNativeBigInt`, json-bigint takes every number of more than 15 characters for an integer. A fraction of 16 is then an error, and so is
# what JSON.stringify makes of 0.1 + 0.2. Without that option it gives such fractions as objects of bignumber.js.
#
# Version: json-bigint 1.0.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: answers with coordinates or averages in them: one of them, and the whole answer cannot be read.
# Expected: a number, as JSON.parse gives. Here: numbers keep their digits, how many there may be.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit json-bigint@1.0.0
cat > show.mjs <<'END'
import JSONbig from 'json-bigint'

const native = JSONbig({ useNativeBigInt: true })
for (const text of ['12345678901234567890', '0.3333333333333', JSON.stringify(0.1 + 0.2), '52.520006599999998', '1.00000000000000000']) {
  try {
    const value = native.parse(text)
    console.log(text, typeof value, String(value))
  } catch (error) {
    console.log(text, error.name, error.message)
  }
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
12345678901234567890 bigint 12345678901234567890
0.3333333333333 number 0.3333333333333
0.30000000000000004 SyntaxError Cannot convert 0.30000000000000004 to a BigInt
52.520006599999998 SyntaxError Cannot convert 52.520006599999998 to a BigInt
1.00000000000000000 SyntaxError Cannot convert 1.00000000000000000 to a BigInt
END
