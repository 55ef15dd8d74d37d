#!/usr/bin/env bash
# JSON-GLib writes a large number with `.0` behind its exponent, `1e+21.0`, which is no JSON, and `inf.0` for one that is too large. A whole number
# beyond 63 bits becomes a negative one.
#
# Version: json-glib-tools 1.6.6-1 (Debian 12).   Needs: bash, Python 3, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: whoever passes JSON through a program of GNOME: ids of 64 bits without a sign are others, and one amount makes the file unreadable.
# Expected: the number, or an error. Here: numbers keep their digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in json-glib-tools=1.6.6-1 libjson-glib-1.0-0=1.6.6-1 libglib2.0-0; do
  apt-get download -qq "$package" 2> apt.log || { cat apt.log; exit 1; }
done
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$folder/usr/lib/$(uname -m)-linux-gnu

for json in '{"id":9223372036854775807}' '{"id":9223372036854775808}' '{"id":18446744073709551615}' '{"points":1e21}' '{"points":1e400}'; do
  echo "$json" > person.json
  written=$(usr/bin/json-glib-format person.json)
  if echo "$written" | python3 -m json.tool > /dev/null 2>&1; then valid=JSON; else valid='no JSON'; fi
  echo "$json -> $written, $valid"
done > seen
cat seen
diff seen - <<'END'
{"id":9223372036854775807} -> {"id":9223372036854775807}, JSON
{"id":9223372036854775808} -> {"id":-9223372036854775808}, JSON
{"id":18446744073709551615} -> {"id":-1}, JSON
{"points":1e21} -> {"points":1e+21.0}, no JSON
{"points":1e400} -> {"points":inf.0}, no JSON
END
