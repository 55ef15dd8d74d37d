#!/usr/bin/env bash
# dotenvx is made by the author of dotenv as what comes after it, and reads the same file. But it expands `$` in values that are
# not in single quotes, so a secret with a dollar sign loses everything from there on, where the word behind the sign is no
# variable: silently, with exit code 0. dotenv keeps the value.
#
# Version: dotenv 18.0.10, @dotenvx/dotenvx 2.38.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: API keys with a `$`; the wrong key answers 401, and whoever looks at the file sees the right one.
# Expected: the same value as dotenv. Here: no `$` is expanded, as in dotenv.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit dotenv@18.0.10 @dotenvx/dotenvx@2.38.2
cat > keys <<'END'
PLAIN=ab$cd
DOUBLE="ab$cd"
SINGLE='ab$cd'
END
cat > show.cjs <<'END'
const text = require('fs').readFileSync('keys', 'utf8')
console.log('dotenv ', JSON.stringify(require('dotenv').parse(text)))
console.log('dotenvx', JSON.stringify(require('@dotenvx/dotenvx').parse(text)))
END
node show.cjs > seen
cat seen
diff seen - <<'END'
dotenv  {"PLAIN":"ab$cd","DOUBLE":"ab$cd","SINGLE":"ab$cd"}
dotenvx {"PLAIN":"ab","DOUBLE":"ab","SINGLE":"ab$cd"}
END
