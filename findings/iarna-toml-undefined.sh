#!/usr/bin/env bash
# @iarna/toml writes a number so small that JavaScript shows it as one digit and an exponent as `1e-7.undefined`, which is no TOML: the
# package cannot read its own file. `1.5e-7` it writes right.
#
# Version: @iarna/toml 3.0.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: settings that a program saves, such as a tolerance or a rate: the file is found broken at the next start.
# Expected: `1e-7`. Here: mapping files are read, and never written by a program.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @iarna/toml@3.0.0

cat > show.cjs <<'END'
const toml = require('@iarna/toml')

for (const tolerance of [0.000001, 0.00000015, 0.0000001, 5e-9]) {
  const text = toml.stringify({ tolerance }).trim()
  let read
  try {
    read = toml.parse(text).tolerance
  } catch (error) {
    read = error.name
  }
  console.log(text, '->', read)
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
tolerance = 0.000001 -> 0.000001
tolerance = 1.5e-7 -> 1.5e-7
tolerance = 1e-7.undefined -> TomlError
tolerance = 5e-9.undefined -> TomlError
END
