#!/usr/bin/env bash
# Hjson writes a text that begins with a double quote and ends with an apostrophe between three apostrophes, which makes four at its end; that it
# reads as one too many, and refuses the whole file. In other places of the text both are right.
#
# Version: hjson 3.2.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: nicknames and remarks of people in a file for editing by hand: one such text, and none of the file can be read again.
# Expected: what was written. Here: JSON is written and read by the same rules, and each text comes back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit hjson@3.2.2
cat > show.cjs <<'END'
const Hjson = require('hjson')

for (const remark of [`say "it's"`, `'Ada' "the first"`, `"Ada" of the Smiths'`]) {
  const text = Hjson.stringify({ remark, points: 7 })
  console.log(text.split('\n')[1])
  try {
    console.log(JSON.stringify(Hjson.parse(text)))
  } catch (error) {
    console.log(error.message.split('>>>')[0].trim())
  }
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
  remark: say "it's"
{"remark":"say \"it's\"","points":7}
  remark: ''''Ada' "the first"'''
{"remark":"'Ada' \"the first\"","points":7}
  remark: '''"Ada" of the Smiths''''
Bad string containing newline at line 3,0
END
