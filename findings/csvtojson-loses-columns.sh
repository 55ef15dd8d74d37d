#!/usr/bin/env bash
# csvtojson makes an object of columns whose names have a dot. Where a table has both `email` and `email.verified`, only one of the two
# survives, the one further right, with no error, whichever it is. `flatKeys: true` keeps both.
#
# Version: csvtojson 2.0.14 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: tables of traits, which other tools flatten with dots: the address goes, and the flag that it is verified stays.
# Expected: an error, or both. Here: two metadata keys that would become one are a finding, and none overwrites the other.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit csvtojson@2.0.14

cat > show.cjs <<'END'
const csvtojson = require('csvtojson')

const main = async () => {
  for (const header of ['id,email,email.verified', 'id,email.verified,email']) {
    const values = header.split(',').map((name) => ({ id: 'u1', email: 'ada@example.org' })[name] ?? 'yes')
    const table = `${header}\n${values}\n`
    console.log(header, '->', JSON.stringify(await csvtojson().fromString(table)))
    console.log('  flatKeys:', JSON.stringify(await csvtojson({ flatKeys: true }).fromString(table)))
  }
}
main()
END
node show.cjs > seen
cat seen
diff seen - <<'END'
id,email,email.verified -> [{"id":"u1","email":{"verified":"yes"}}]
  flatKeys: [{"id":"u1","email":"ada@example.org","email.verified":"yes"}]
id,email.verified,email -> [{"id":"u1","email":"ada@example.org"}]
  flatKeys: [{"id":"u1","email.verified":"yes","email":"ada@example.org"}]
END
