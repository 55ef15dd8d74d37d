#!/usr/bin/env bash
# NeDB keeps a document in a line of JSON, and when it opens the file takes U+2028 and U+0085 inside a text for ends of lines, too. That document is
# gone, silently while they are fewer than one in ten, and from the file as well, since it writes it anew at once; with more of them it refuses the
# file.
#
# Version: @seald-io/nedb 4.1.2 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: whoever has a remark that was pasted from a word processor: the customer is there until the program starts again.
# Expected: the document that was written. Here: only a line feed ends a line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @seald-io/nedb@4.1.2
cat > show.cjs <<'END'
const { readFileSync } = require('node:fs')
const Datastore = require('@seald-io/nedb')

const open = async (filename) => {
  const people = new Datastore({ filename })
  await people.loadDatabaseAsync()
  return people
}

const main = async () => {
  for (const [name, others] of [['one of thirty', 29], ['one of three', 2]]) {
    const filename = `${name}.db`
    const people = await open(filename)
    await people.insertAsync({ _id: 'ada', remark: 'first\u2028second' })
    for (let id = 0; id < others; id += 1) {
      await people.insertAsync({ _id: `other-${id}`, remark: 'none' })
    }
    console.log(`${name}: ${await people.countAsync({})} written, ada there: ${(await people.findOneAsync({ _id: 'ada' })) !== null}`)
    try {
      const again = await open(filename)
      console.log(`${name}: ${await again.countAsync({})} read, ada there: ${(await again.findOneAsync({ _id: 'ada' })) !== null}`)
      console.log(`${name}: ada in the file: ${readFileSync(filename, 'utf8').includes('ada')}`)
    } catch (error) {
      console.log(`${name}: ${error.message.split(',')[0]}`)
    }
  }
}
main()
END
node show.cjs > seen
cat seen
diff seen - <<'END'
one of thirty: 30 written, ada there: true
one of thirty: 29 read, ada there: false
one of thirty: ada in the file: false
one of three: 3 written, ada there: true
one of three: 50% of the data file is corrupt
END
