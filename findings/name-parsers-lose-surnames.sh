#!/usr/bin/env bash
# Three parsers of names take short surnames for something else: humanparser takes Ma, Esq and Md for a suffix, so that Jack Ma has no surname;
# another-name-parser takes Do, Vi and others for one, and An for a title, so that Vi Do has no name at all; for parse-full-name Van, Le and De
# begin a surname.
#
# Version: humanparser 2.7.0, another-name-parser 0.1.0, parse-full-name 1.2.7 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: customers with Chinese and Vietnamese names: no surname in the letter, and people joined by an empty one.
# Expected: the last of two words is the surname, whatever it is. Here: names are not parted; the two fields are those of the source.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit humanparser@2.7.0 another-name-parser@0.1.0 parse-full-name@1.2.7
cat > show.cjs <<'END'
const { parseName } = require('humanparser')
const another = require('another-name-parser')
const { parseFullName } = require('parse-full-name')

const show = (parts) => Object.entries(parts).filter(([key, value]) => value?.length > 0 && !['fullName', 'original'].includes(key)).map(([key, value]) => `${key} ${value}`).join(', ')
for (const name of ['Ada Lovelace', 'Jack Ma', 'Vi Do', 'Jo An Do', 'Van Nguyen']) {
  console.log(`${name}: ${show(parseName(name))} | ${show(another(name))} | ${show(parseFullName(name))}`)
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
Ada Lovelace: firstName Ada, lastName Lovelace | first Ada, last Lovelace | first Ada, last Lovelace
Jack Ma: suffix Ma, firstName Jack | first Jack, last Ma | first Jack, last Ma
Vi Do: firstName Vi, lastName Do | suffix Vi Do | first Vi, last Do
Jo An Do: firstName Jo, lastName Do, middleName An | prefix An, first Jo, suffix Do | first Jo, middle An, last Do
Van Nguyen: firstName Van, lastName Nguyen | first Van, last Nguyen | last Van Nguyen
END
