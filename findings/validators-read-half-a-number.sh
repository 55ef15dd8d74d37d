#!/usr/bin/env bash
# Three validators take the beginning of a text for a number and say that it is valid: TypeBox makes the integer 1 of `1e3` and the number 0 of
# `0x1F`, envalid 1 of `1_000` and of `1,5`, and 12 of `12 a minute`, env-var 0 of `0x1F`. TypeBox's numbers and integers differ in that.
#
# Version: @sinclair/typebox 0.34.52, envalid 8.2.0, env-var 7.5.0 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: points and limits that come as texts: a thousand become one, and the program runs with it.
# Expected: 1000 and 31, or an error. Here: a number in a setting is read as a whole, or refused with the file and line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @sinclair/typebox@0.34.52 envalid@8.2.0 env-var@7.5.0
cat > show.cjs <<'END'
const { Type } = require('@sinclair/typebox')
const { Value } = require('@sinclair/typebox/value')
const { cleanEnv, num } = require('envalid')
const { from } = require('env-var')

const fail = ({ errors }) => {
  if (Object.keys(errors).length > 0) throw new Error('refused')
}
const readers = {
  'TypeBox integer': (text) => Value.Decode(Type.Integer(), Value.Convert(Type.Integer(), text)),
  'TypeBox number': (text) => Value.Decode(Type.Number(), Value.Convert(Type.Number(), text)),
  envalid: (text) => cleanEnv({ LIMIT: text }, { LIMIT: num() }, { reporter: fail }).LIMIT,
  'env-var': (text) => from({ LIMIT: text }).get('LIMIT').asFloat(),
}
for (const text of ['1000', '1e3', '0x1F', '1_000', '1,5', '12 a minute']) {
  const results = Object.entries(readers).map(([name, read]) => {
    try {
      return `${name} ${read(text)}`
    } catch (error) {
      return `${name} error`
    }
  })
  console.log(`${text}: ${results.join(', ')}`)
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
1000: TypeBox integer 1000, TypeBox number 1000, envalid 1000, env-var 1000
1e3: TypeBox integer 1, TypeBox number 1000, envalid 1000, env-var 1000
0x1F: TypeBox integer 31, TypeBox number 0, envalid 0, env-var 0
1_000: TypeBox integer error, TypeBox number error, envalid 1, env-var error
1,5: TypeBox integer error, TypeBox number error, envalid 1, env-var error
12 a minute: TypeBox integer error, TypeBox number error, envalid 12, env-var error
END
