#!/usr/bin/env bash
# parse-address leaves out the half of a house number, as it is common in the older towns of America: 12 1/2 Elm St is 12, where somebody else
# lives. Of two parts of a building it makes a street that there is none of.
#
# Version: parse-address 1.1.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: whoever sends letters and parcels by it, or joins households by their address.
# Expected: 12 1/2, or an error. Here: an address is sent as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit parse-address@1.1.2
cat > show.cjs <<'END'
const { parseLocation } = require('parse-address')

for (const address of ['12 Elm St, Portland, OR 97202', '12 1/2 Elm St, Portland, OR 97202', '12-1/2 Elm St, Portland, OR 97202', '123 Main St Suite 4 Floor 2, Springfield, IL 62701']) {
  const { number, street, type, sec_unit_type: unit, sec_unit_num: place } = parseLocation(address)
  console.log(`${address} -> number ${number}, street ${street}, ${type}, ${unit} ${place}`)
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
12 Elm St, Portland, OR 97202 -> number 12, street Elm, St, undefined undefined
12 1/2 Elm St, Portland, OR 97202 -> number 12, street Elm, St, undefined undefined
12-1/2 Elm St, Portland, OR 97202 -> number 12-1, street 2 Elm, St, undefined undefined
123 Main St Suite 4 Floor 2, Springfield, IL 62701 -> number 123, street Main St Suite 4, undefined, Floor 2
END
