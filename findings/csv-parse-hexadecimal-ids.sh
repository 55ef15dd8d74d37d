#!/usr/bin/env bash
# With `cast: true`, csv-parse makes 0 of every text that begins with `0x`, `0b` or `0o` and is a number to JavaScript: it asks
# whether `value - parseFloat(value) + 1 >= 0`, which such a text passes, and then gives `parseFloat(value)`, which stops at
# the x. All people whose id is a hexadecimal number get the id 0. (A minus in front, and the text stays as it is.)
#
# Version: csv-parse 7.0.3 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: device ids, wallet addresses and hashes in customer tables: all rows become one person.
# Expected: 31 for `0x1F`, or the text. Here: every cell of a sheet is text until the field that it is for says otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit csv-parse@7.0.3

cat > show.mjs <<'END'
import { parse } from 'csv-parse/sync'
for (const id of ['0x1F', '0x5eed00000000000000000000000000000000cafe', '0b11', '0o17', '-0x1F', '0x', '12e', '1e999'])
  console.log(id, '->', parse(`id\n${id}\n`, { columns: true, cast: true })[0].id)
END
node show.mjs > seen
cat seen
diff seen - <<'END'
0x1F -> 0
0x5eed00000000000000000000000000000000cafe -> 0
0b11 -> 0
0o17 -> 0
-0x1F -> -0x1F
0x -> 0x
12e -> 12e
1e999 -> 1e999
END
