#!/usr/bin/env bash
# xsv takes the blanks at both ends of a cell for nothing where it compares: `join` puts the row of `a7 ` beside that of `a7`, and `frequency`
# counts both as one value, which it writes without blanks. Other commands, and other programs, see two.
#
# Version: xsv 0.13.0 (Rust).   Needs: bash, Rust with cargo.
# Hurts: who looks with it for doubled ids before a transfer, and finds none, or joins rows of two customers.
# Expected: two values; that `--no-case` is an option says so of capitals. Here: ids are compared byte for byte, and blanks at their ends are a
# finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo install -q --debug --root xsv xsv --version 0.13.0 2> cargo.log || { cat cargo.log; exit 1; }

printf '%s\n' 'id,name' 'a7,Ada' 'a7 ,Bo' ' a7,Cy' 'A7,Di' > people.csv
printf '%s\n' 'id,tier' 'a7,gold' > tiers.csv
{
  xsv/bin/xsv join id people.csv id tiers.csv
  xsv/bin/xsv frequency --select id people.csv
  xsv/bin/xsv search --select id '^a7$' people.csv
} > seen
cat seen
diff seen - <<'END'
id,name,id,tier
a7,Ada,a7,gold
a7 ,Bo,a7,gold
 a7,Cy,a7,gold
field,value,count
id,a7,3
id,A7,1
id,name
a7,Ada
END
