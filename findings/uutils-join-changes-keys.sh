#!/usr/bin/env bash
# join of uutils, with which Ubuntu has replaced GNU's, writes with `-i` the key of the first line that matched in front of all others, too: rows
# whose ids differ in capitals alone come out under one id. GNU's writes each line's own.
#
# Version: uu_join 0.12.0 (Rust), coreutils 9.1-1 (Debian 12).   Needs: bash, cargo, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: who joins lists by emails or codes, which people write in both ways, and takes the key of the result for that of the row.
# Expected: the key that the line has. Here: ids are compared byte for byte, and written as they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq coreutils=9.1-1 2> apt.log || { cat apt.log; exit 1; }
dpkg -x coreutils_*.deb .
cargo install -q --debug --root uutils uu_join --version 0.12.0 2> cargo.log || { cat cargo.log; exit 1; }

printf '%s\n' 'Ada@example.com,London' 'ada@example.com,Lund' > cities.csv
printf '%s\n' 'ada@example.com,gold' > tiers.csv
for join in usr/bin/join uutils/bin/join; do
  echo "$join:"
  LC_ALL=C $join -i -t, cities.csv tiers.csv
done > seen
cat seen
diff seen - <<'END'
usr/bin/join:
Ada@example.com,London,gold
ada@example.com,Lund,gold
uutils/bin/join:
Ada@example.com,London,gold
Ada@example.com,Lund,gold
END
