#!/usr/bin/env bash
# In a workbook `_x000D_` stands for a carriage return, and what looks like that and is none is escaped itself. ExcelJS does not undo
# this: a note with the line breaks of Windows that SheetJS wrote has `_x000d_` in it at each one. In its own files it goes the other way:
# the id `use_x0041_1` comes back as `useA1`, CR LF as LF, and a vertical tab, which a line break within a cell often is, not at all.
#
# Version: exceljs 4.4.0, xlsx 0.18.5 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: notes, postal addresses and ids in sheets that one program writes and another one reads.
# Expected: the text that was written. Here: what is escaped is undone when a workbook is read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit exceljs@4.4.0 xlsx@0.18.5

cat > show.cjs <<'END'
const ExcelJS = require('exceljs')
const XLSX = require('xlsx')

const texts = ['1 High St\r\nBath', 'use_x0041_1', 'a\u000bb']
const show = async (name) => {
  const book = new ExcelJS.Workbook()
  await book.xlsx.readFile(`${name}.xlsx`)
  texts.forEach((text, row) =>
    console.log(name, JSON.stringify(text), '->', JSON.stringify(book.worksheets[0].getCell(row + 1, 1).value)))
}
const main = async () => {
  const sheet = XLSX.utils.book_new()
  XLSX.utils.book_append_sheet(sheet, XLSX.utils.aoa_to_sheet(texts.map((text) => [text])))
  XLSX.writeFile(sheet, 'sheetjs.xlsx')
  await show('sheetjs')
  const book = new ExcelJS.Workbook()
  book.addWorksheet('people').addRows(texts.map((text) => [text]))
  await book.xlsx.writeFile('exceljs.xlsx')
  await show('exceljs')
}
main()
END
node show.cjs > seen
cat seen
diff seen - <<'END'
sheetjs "1 High St\r\nBath" -> "1 High St_x000d_\nBath"
sheetjs "use_x0041_1" -> "use_x0041_1"
sheetjs "a\u000bb" -> "a_x000b_b"
exceljs "1 High St\r\nBath" -> "1 High St\nBath"
exceljs "use_x0041_1" -> "useA1"
exceljs "a\u000bb" -> "ab"
END
