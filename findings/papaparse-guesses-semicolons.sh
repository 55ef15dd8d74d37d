#!/usr/bin/env bash
# Papa Parse guesses the delimiter where none is named. It takes the one that gives most columns of the same number, also inside cells: a
# column of lists of five with semicolons outvotes the commas between the columns. There is no error; the header and the cells fall apart.
#
# Version: papaparse 5.7.1 (npm).   Needs: bash, Node 18 or later with npm.
# Hurts: exports with a column of segments or interests: ids and the first interest are one value, the others lie in wrong columns.
# Expected: the comma, since the header has it; or an error. Here: sheets are looked at by their header, whose names are known.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-package-lock --prefix . papaparse@5.7.1

cat > show.cjs <<'END'
const Papa = require('papaparse');

for (const lists of [['a;b', 'c;d'], ['a;b;c;d;e', 'f;g;h;i;j']]) {
  const text = `id,interests\n1,${lists[0]}\n2,${lists[1]}\n`;
  const { data, errors, meta } = Papa.parse(text);
  console.log(JSON.stringify(text), '->', meta.delimiter, JSON.stringify(data), errors.length, 'errors');
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
"id,interests\n1,a;b\n2,c;d\n" -> , [["id","interests"],["1","a;b"],["2","c;d"],[""]] 1 errors
"id,interests\n1,a;b;c;d;e\n2,f;g;h;i;j\n" -> ; [["id,interests"],["1,a","b","c","d","e"],["2,f","g","h","i","j"],[""]] 0 errors
END
