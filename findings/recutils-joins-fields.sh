#!/usr/bin/env bash
# csv2rec writes a value that ends with a backslash as it is, though that joins two lines in a rec file: the next field becomes a part of the value,
# and is gone. Of a backslash before a line break the first line loses it, and the second gets the sign of continuation.
#
# Version: recutils 1.9-2 (Debian 12).   Needs: bash, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: paths, and names that end with a stray backslash: that customer has no email any more, and the name has it at its end.
# Expected: the backslash written in a way that can be read, or an error. Here: every text comes back, whatever is at its end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in recutils=1.9-2 librec1=1.9-2; do
  apt-get download -qq "$package" 2> apt.log || { cat apt.log; exit 1; }
done
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$folder/usr/lib/$(uname -m)-linux-gnu

cat > people.csv <<'END'
name,email,city
Ada,ada@example.com,London
Bo\,bo@example.com,Lund
Cy,cy@example.com,Bonn
END
usr/bin/csv2rec people.csv > people.rec
{ cat people.rec; echo; usr/bin/rec2csv people.rec; } > seen
cat seen
diff seen - <<'END'
name: Ada
email: ada@example.com
city: London

name: Bo\
email: bo@example.com
city: Lund

name: Cy
email: cy@example.com
city: Bonn

"name","email","city"
"Ada","ada@example.com","London"
"Boemail: bo@example.com",,"Lund"
"Cy","cy@example.com","Bonn"
END
