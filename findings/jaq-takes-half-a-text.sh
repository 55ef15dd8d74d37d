#!/usr/bin/env bash
# jaq's `tonumber` gives the number that a text begins with before it says that the rest is wrong: with `?`, as in `tonumber? // .`, 12 Main Street
# is 12, and the day 2020-01-02 five numbers. It makes objects with numbers for keys, which jq refuses, and writes them without quotes: that is no
# JSON.
#
# Version: jaq 3.1.2 (Rust).   Needs: bash, Rust with cargo, Python 3.
# Hurts: scripts for jq that are run by it: addresses become numbers, and a list by ids cannot be read by anything else.
# Expected: the text as it is, or an error; an error for the keys. Here: a text becomes a number only where a mapping says so, and only as a whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo install -q --debug --root jaq jaq --version 3.1.2 2> cargo.log || { cat cargo.log; exit 1; }

{
  echo '["7", "12 Main Street", "1_000", "1,5", "0x1F", "2020-01-02", "Ada"]' | jaq/bin/jaq -c 'map(tonumber? // .)'
  echo '[{"id": 7, "name": "Ada"}, {"id": 8, "name": "Bo"}]' | jaq/bin/jaq -c 'map({(.id): .name}) | add' | tee people.json
  python3 -m json.tool people.json > /dev/null 2> error.log || sed 's/:.*//' error.log
} > seen
cat seen
diff seen - <<'END'
[7,12,1,1,0,2020,0,1,0,2,"Ada"]
{7:"Ada",8:"Bo"}
Expecting property name enclosed in double quotes
END
