#!/usr/bin/env bash
# Miller reads `\u0007` and its like in JSON as the character and writes that character as it is, where JSON allows only the
# escape. JSON in, `cat`, JSON out: no parser takes the result any more.
#
# Version: Miller 6.6.0-2+b3 (Debian 12).   Needs: bash, Python 3, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: names and notes with the control characters that paste and old systems leave in them; the line is lost to what follows.
# Expected: the escape again. Here: what is written as JSON is escaped as JSON.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq miller=6.6.0-2+b3 2> apt.log || { cat apt.log; exit 1; }
dpkg -x miller_*.deb .

for escape in '\u0007' '\u0000' '\u001b' '\u000b' '\t' '\n'; do
    printf '{"name": "Ada%s"}\n' "$escape" > line
    usr/bin/mlr --ijsonl --ojsonl cat line > out
    printf '%s ' "$escape"
    python3 -c 'import json; json.load(open("line")); print("valid before,", end=" ")'
    python3 -c 'import json; json.load(open("out")); print("valid after")' 2> error || { tail -n 1 error | sed 's/.*Error: //'; }
done > seen
cat seen
diff seen - <<'END'
\u0007 valid before, Invalid control character at: line 1 column 14 (char 13)
\u0000 valid before, Invalid control character at: line 1 column 14 (char 13)
\u001b valid before, Invalid control character at: line 1 column 14 (char 13)
\u000b valid before, Invalid control character at: line 1 column 14 (char 13)
\t valid before, valid after
\n valid before, valid after
END
