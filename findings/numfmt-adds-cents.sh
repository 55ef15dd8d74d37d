#!/usr/bin/env bash
# numfmt writes some amounts a cent higher than it read them, with no option at all: it rounds away from zero, and what it rounds is the number in
# binary. GNU's makes 1234.57 of 1234.56; that of uutils, with which Ubuntu has replaced it, 1.11 of 1.10 and 0.08 of 0.07. `--round=nearest` is
# right.
#
# Version: coreutils 9.1-1 (Debian 12), uu_numfmt 0.12.0 (Rust).   Needs: bash, cargo, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: reports and lists that get a unit or separators by it: sums are not those of the rows, and about one amount in twenty is wrong.
# Expected: the amount. Here: numbers keep their digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq coreutils=9.1-1 2> apt.log || { cat apt.log; exit 1; }
dpkg -x coreutils_*.deb .
cargo install -q --debug --root uutils uu_numfmt --version 0.12.0 2> cargo.log || { cat cargo.log; exit 1; }

for ((cents = 0; cents < 200000; cents += 1)); do
  printf '%d.%02d\n' $((cents / 100)) $((cents % 100))
done > amounts
for numfmt in usr/bin/numfmt uutils/bin/numfmt; do
  echo "$numfmt: $($numfmt 0.07 1.10 19.99 1234.56 | tr '\n' ' ')"
  echo "$numfmt: $($numfmt --field=2 --suffix=EUR 'ada 1.10' 'bo 1234.56' | tr '\n' ' ')"
  $numfmt < amounts > written
  echo "$numfmt: $(paste amounts written | awk '$1 != $2 { wrong += 1 } END { print wrong + 0 }') of 200000 amounts changed"
done > seen
cat seen
diff seen - <<'END'
usr/bin/numfmt: 0.07 1.10 19.99 1234.57 
usr/bin/numfmt: ada 1.10EUR bo 1234.57EUR 
usr/bin/numfmt: 9179 of 200000 amounts changed
uutils/bin/numfmt: 0.08 1.11 19.99 1234.56 
uutils/bin/numfmt: ada 1.11EUR bo 1234.56EUR 
uutils/bin/numfmt: 9177 of 200000 amounts changed
END
