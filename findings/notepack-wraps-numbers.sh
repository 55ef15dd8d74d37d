#!/usr/bin/env bash
# notepack.io writes whole numbers as integers of 64 bits, those too that do not fit into them: they come back as others, and a large negative number
# as a positive one. In MessagePack such a number is a double, as other writers have it. Other readers see the same wrong number in its bytes.
#
# Version: notepack.io 3.0.1, @msgpack/msgpack 3.1.3 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: amounts in the smallest unit of a currency, and ids of 20 digits as numbers: not rounded, but wholly different, without an error.
# Expected: a double. Here: numbers keep the digits that they have in the file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit notepack.io@3.0.1 @msgpack/msgpack@3.1.3
cat > show.mjs <<'END'
import notepack from 'notepack.io'
import { decode, encode } from '@msgpack/msgpack'

for (const value of [9223372036854775808, 18446744073709551616, 20000000000000000000, 1e21, -10000000000000000000]) {
  const bytes = notepack.encode(value)
  console.log(`${value} -> ${notepack.decode(bytes)}, read by msgpack ${decode(bytes)}, written by msgpack ${notepack.decode(Buffer.from(encode(value)))}`)
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
9223372036854776000 -> 9223372036854776000, read by msgpack 9223372036854776000, written by msgpack 9223372036854776000
18446744073709552000 -> 0, read by msgpack 0, written by msgpack 18446744073709552000
20000000000000000000 -> 1553255926290448400, read by msgpack 1553255926290448400, written by msgpack 20000000000000000000
1e+21 -> 3875820019684212700, read by msgpack 3875820019684212700, written by msgpack 1e+21
-10000000000000000000 -> 8446744073709552000, read by msgpack 8446744073709552000, written by msgpack -10000000000000000000
END
