#!/usr/bin/env bash
# xlsx-populate writes control characters into a workbook as they are, which XML does not allow: it reads the file itself, and so does SheetJS, but
# other programs refuse all of it. In .xlsx such a character is written as _x000B_.
#
# Version: xlsx-populate 1.21.0 (npm), openpyxl 3.1.5 (PyPI).   Needs: bash, Node 20 or later with npm, Python 3 with venv.
# Hurts: remarks with a vertical tab, as presentations and older databases have for a line break: one of them, and nobody can open the list.
# Expected: the escape, or an error in writing. Here: no workbooks are written; control characters in texts come through escaped, in JSON and CSV.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit xlsx-populate@1.21.0
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check openpyxl==3.1.5
cat > write.cjs <<'END'
const populate = require('xlsx-populate')

const main = async () => {
  const people = [['Ada', 'first line\u000bsecond line'], ['Bo', 'none']]
  const workbook = await populate.fromBlankAsync()
  workbook.sheet(0).cell('A1').value(people)
  await workbook.toFileAsync('people.xlsx')
  const again = await populate.fromFileAsync('people.xlsx')
  console.log('xlsx-populate:', JSON.stringify(again.sheet(0).usedRange().value()))
}
main()
END
node write.cjs > seen
cat > read.py <<'END'
import openpyxl

try:
    print("openpyxl:", list(openpyxl.load_workbook("people.xlsx").active.values))
except Exception as error:
    print("openpyxl:", str(error).split(":")[0])
END
python/bin/python read.py >> seen
cat seen
diff seen - <<'END'
xlsx-populate: [["Ada","first line\u000bsecond line"],["Bo","none"]]
openpyxl: not well-formed (invalid token)
END
