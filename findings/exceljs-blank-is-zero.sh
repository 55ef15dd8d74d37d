#!/usr/bin/env bash
# ExcelJS reads a CSV cell that holds nothing but a blank as the number 0. An empty cell is empty. It is JavaScript's `Number(' ')`; the
# same rule makes 31 of `0x1F` and 3 of `0b11`, while `TRUE`, which spreadsheets write, stays text and `true` does not.
#
# Version: exceljs 4.4.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: balances: an engine that pads its columns with blanks gives everybody without points 0 of them, and an update writes that.
# Expected: the blank, or nothing. Here: a cell of blanks is an empty cell, and an empty cell corrects nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit exceljs@4.4.0

cat > show.cjs <<'END'
const { Workbook } = require('exceljs')
const { Readable } = require('stream')

const cells = ['', ' ', '   ', '7', '0x1F', '0b11', 'true', 'TRUE']
new Workbook().csv.read(Readable.from(['id,points\n' + cells.map((cell) => `u,${cell}\n`).join('')])).then((sheet) =>
  cells.forEach((cell, row) => console.log(JSON.stringify(cell), '->', JSON.stringify(sheet.getCell(row + 2, 2).value))))
END
node show.cjs > seen
cat seen
diff seen - <<'END'
"" -> null
" " -> 0
"   " -> 0
"7" -> 7
"0x1F" -> 31
"0b11" -> 3
"true" -> true
"TRUE" -> "TRUE"
END
