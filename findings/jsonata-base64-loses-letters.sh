#!/usr/bin/env bash
# `$base64encode` of JSONata writes one byte for each character, as in Latin-1: é is a byte that no reader of UTF-8 understands, and a letter beyond
# those 256 loses its upper half, so that Ł becomes A. `$base64decode` gives two letters for the é that others wrote.
#
# Version: jsonata 2.2.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: names, tags and passwords in headers that a mapping writes: those of Łukasz are somebody else's.
# Expected: UTF-8, as `$encodeUrlComponent` has it, or an error. Here: text is UTF-8 from end to end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit jsonata@2.2.2

cat > show.mjs <<'END'
import jsonata from 'jsonata'

for (const name of ['Ada', 'Zoë', 'Łukasz', '東']) {
  const encoded = await jsonata('$base64encode(name)').evaluate({ name })
  const url = await jsonata('$encodeUrlComponent(name)').evaluate({ name })
  console.log(`${name}: ${encoded}, that is ${JSON.stringify(Buffer.from(encoded, 'base64').toString())}; in a URL ${url}`)
}
console.log(await jsonata('$base64decode(text)').evaluate({ text: Buffer.from('Zoë').toString('base64') }))
END
node show.mjs > seen
cat seen
diff seen - <<'END'
Ada: QWRh, that is "Ada"; in a URL Ada
Zoë: Wm/r, that is "Zo�"; in a URL Zo%C3%AB
Łukasz: QXVrYXN6, that is "Aukasz"; in a URL %C5%81ukasz
東: cQ==, that is "q"; in a URL %E6%9D%B1
ZoÃ«
END
