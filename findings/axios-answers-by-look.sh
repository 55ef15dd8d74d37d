#!/usr/bin/env bash
# An answer that says it is JSON and is not, because it was cut or comes from a proxy, is no error to axios and ofetch: they give its text. And axios
# reads as JSON whatever can be read so, also where the answer says that it is text: an id of 20 digits in text/plain is a rounded number.
#
# Version: axios 1.21.1, ofetch 1.5.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: who asks such an answer for its members gets undefined, and takes a page that broke off for one without a next page.
# Expected: an error, as from `response.json()`, and text for text. Here: an answer that is no JSON is an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit axios@1.21.1 ofetch@1.5.1

cat > show.mjs <<'END'
import { createServer } from 'node:http'
import axios from 'axios'
import { ofetch } from 'ofetch'

const server = createServer((request, answer) => {
  const asked = new URL(request.url, 'http://localhost').searchParams
  answer.setHeader('Content-Type', asked.get('type'))
  answer.end(asked.get('body'))
}).listen(0, '127.0.0.1', async () => {
  const shown = (value) => `${typeof value} ${JSON.stringify(value)}`
  for (const [type, body] of [
    ['application/json', '{"data":[1],"cursor":"abc"}'], ['application/json', '{"data":[1],"cursor":"ab'],
    ['application/json', '<h1>Bad gateway</h1>'],
    ['text/plain', '12345678901234567890'], ['text/csv', '1e5'],
  ]) {
    const url = `http://127.0.0.1:${server.address().port}/?${new URLSearchParams({ type, body })}`
    const plain = await fetch(url).then((answer) => answer.json()).then(shown, (error) => error.name)
    console.log(`${type} ${body}`)
    console.log(`  axios ${shown((await axios.get(url)).data)}; ofetch ${shown(await ofetch(url))}; json() ${plain}`)
  }
  server.close()
})
END
node show.mjs > seen
cat seen
diff seen - <<'END'
application/json {"data":[1],"cursor":"abc"}
  axios object {"data":[1],"cursor":"abc"}; ofetch object {"data":[1],"cursor":"abc"}; json() object {"data":[1],"cursor":"abc"}
application/json {"data":[1],"cursor":"ab
  axios string "{\"data\":[1],\"cursor\":\"ab"; ofetch string "{\"data\":[1],\"cursor\":\"ab"; json() SyntaxError
application/json <h1>Bad gateway</h1>
  axios string "<h1>Bad gateway</h1>"; ofetch string "<h1>Bad gateway</h1>"; json() SyntaxError
text/plain 12345678901234567890
  axios number 12345678901234567000; ofetch string "12345678901234567890"; json() number 12345678901234567000
text/csv 1e5
  axios number 100000; ofetch string "1e5"; json() number 100000
END
