#!/usr/bin/env bash
# SheetJS, asked for dates, reads those of a workbook that counts its days from 1904 as if it counted from 1900: four years and a day too early.
# Excel for Mac made such workbooks by default for twenty years. ExcelJS, calamine, xlsx2csv and Gnumeric heed the setting.
#
# Version: xlsx 0.18.5 (npm), exceljs 4.4.0 (npm).   Needs: bash, Node 18 or later with npm.
# Hurts: birthdays of customers from an old sheet: all of them plausible, and none of them right.
# Expected: 1990-06-02. Here: sheets are read with the count that they name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-package-lock --prefix . xlsx@0.18.5 exceljs@4.4.0

cat > show.cjs <<'END'
const XLSX = require('xlsx');
const ExcelJS = require('exceljs');

(async () => {
  const book = new ExcelJS.Workbook();
  book.properties.date1904 = true;
  book.addWorksheet('People').getCell('A1').value = new Date('1990-06-02T00:00:00Z');
  await book.xlsx.writeFile('people.xlsx');

  console.log('SheetJS', XLSX.readFile('people.xlsx', { cellDates: true }).Sheets.People.A1.v.toISOString().slice(0, 10));
  const again = new ExcelJS.Workbook();
  await again.xlsx.readFile('people.xlsx');
  console.log('ExcelJS', again.getWorksheet('People').getCell('A1').value.toISOString().slice(0, 10));
})();
END
TZ=UTC node show.cjs > seen
cat seen
diff seen - <<'END'
SheetJS 1986-06-01
ExcelJS 1990-06-02
END
