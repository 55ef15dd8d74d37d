#!/usr/bin/env bash
# gojq's `@uri` writes a plus for a blank, where jq writes %20. That is right in a query alone: in the path of an address a plus is a plus, and an id
# with a blank is another one.
#
# Version: gojq 0.12.11-1, jq 1.6-2.1+deb12u3 (Debian 12).   Needs: bash, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: scripts that make addresses of ids, moved from jq to gojq: customers that are not found, or are made a second time.
# Expected: %20, as in jq, whose language it is. Here: ids in paths are encoded byte for byte, a blank as %20.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in gojq=0.12.11-1 jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3 libonig5; do
  apt-get download -qq "$package" 2> apt.log || { cat apt.log; exit 1; }
done
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$folder/usr/lib/$(uname -m)-linux-gnu

for id in 'ada' 'ada king' 'ada+king' 'Zoë/2'; do
  for program in jq gojq; do
    echo "$program: $(usr/bin/$program -rn --arg id "$id" '"/customers/" + ($id | @uri)')"
  done
done > seen
cat seen
diff seen - <<'END'
jq: /customers/ada
gojq: /customers/ada
jq: /customers/ada%20king
gojq: /customers/ada+king
jq: /customers/ada%2Bking
gojq: /customers/ada%2Bking
jq: /customers/Zo%C3%AB%2F2
gojq: /customers/Zo%C3%AB%2F2
END
