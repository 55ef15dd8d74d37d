#!/usr/bin/env bash
# csvkit's `csvsort` and `csvjoin` guess a type for each column and write the guess: a column of 0 and 1 comes out as False and True, a
# time `09:30` as nine and a half minutes, `3/4` as a day in 2001, `May` as a day of the year 1. `csvgrep` and `csvcut` of the same
# kit leave values alone, so it is found out late. `--no-inference` stops it.
#
# Version: csvkit 2.2.0, agate 1.14.2 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: sheets of rejects that somebody sorts before correcting them: counters, times, house numbers, first names.
# Expected: the rows in another order. Here: a correction that a program has rewritten is told, where that can be seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check csvkit==2.2.0 agate==1.14.2

cat > people.csv <<'END'
id,orders,opens,house,name
u2,0,09:30,3/4,May
u1,1,10:00,5/6,June
END
{
    python/bin/csvgrep -c id -r u people.csv
    python/bin/csvsort -c id people.csv
    python/bin/csvsort --no-inference -c id people.csv
} > seen
cat seen
diff seen - <<'END'
id,orders,opens,house,name
u2,0,09:30,3/4,May
u1,1,10:00,5/6,June
id,orders,opens,house,name
u1,True,0:10:00,2001-05-06,0001-06-01
u2,False,0:09:30,2001-03-04,0001-05-01
id,orders,opens,house,name
u1,1,10:00,5/6,June
u2,0,09:30,3/4,May
END
