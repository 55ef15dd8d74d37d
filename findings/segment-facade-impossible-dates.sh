#!/usr/bin/env bash
# Segment's own facade, which its destinations read traits through, makes a date of every text that has the shape of one, without
# asking the calendar: the 30th of February becomes the first of March, month 13 a day of the next year, and a policy number
# `1234-56-78` a day in 1238. The text is gone; `traits()` has the date.
#
# Version: @segment/facade 3.4.10, @segment/isodate-traverse 1.1.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: wrong birthdays that could have been found, and identifiers of four, two and two digits.
# Expected: text that is no date stays text. Here: a date that is not in the calendar is `invalid_birthdate`, other text stays.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @segment/facade@3.4.10 @segment/isodate-traverse@1.1.1

cat > show.cjs <<'END'
const { Identify } = require('@segment/facade')
const traits = { birthday: '2020-02-30', paid: '2023-13-45', policy: '1234-56-78', year: '1990', compact: '20200230' }
const seen = new Identify({ userId: 'user-1', traits }).traits()
for (const [name, text] of Object.entries(traits)) console.log(name.padEnd(8), text.padEnd(10), '->', JSON.stringify(seen[name]))
END
node show.cjs > seen
cat seen
diff seen - <<'END'
birthday 2020-02-30 -> "2020-03-01T00:00:00.000Z"
paid     2023-13-45 -> "2024-02-14T00:00:00.000Z"
policy   1234-56-78 -> "1238-10-17T00:00:00.000Z"
year     1990       -> "1990"
compact  20200230   -> "20200230"
END
