#!/usr/bin/env bash
# PostgreSQL reads `2020-01-02 10:00 +05:30` as a moment east of Greenwich, and `2020-01-02 10:00 GMT+05:30` as one west of it, eleven
# hours later: behind the name of a zone the sign has the meaning of POSIX, the other way round. It is the same for UTC, and in
# python-dateutil, whose parser leaves a name that it does not know, EST, out altogether. IST is the time of Israel to PostgreSQL.
#
# Version: PostgreSQL 18.6 in @electric-sql/pglite 0.5.16 (npm), python-dateutil 4.0.0 (PyPI).
# Needs: bash, Node 20 or later with npm, Python 3 with venv.
# Hurts: moments as programs and people write them, `GMT+5`: each is moved by twice its offset, to another day for half of them.
# Expected: the moment that is meant, or an error. Here: a moment is ISO 8601, and all else stays text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit @electric-sql/pglite@0.5.16
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check python-dateutil==4.0.0

cat > texts <<'END'
2020-01-02 10:00 +05:30
2020-01-02 10:00 GMT+05:30
2020-01-02 10:00 UTC+5
2020-01-02 10:00 -08:00
2020-01-02 10:00 GMT-8
2020-01-02 10:00 EST
2020-01-02 10:00 IST
END
cat > show.mjs <<'END'
import fs from 'node:fs'
import { PGlite } from '@electric-sql/pglite'

const database = new PGlite()
await database.query(`SET TIME ZONE 'UTC'`)
for (const text of fs.readFileSync('texts', 'utf8').trim().split('\n')) {
  const { rows } = await database.query(`SELECT ($1::text)::timestamptz::text AS seen`, [text])
  console.log(`PostgreSQL ${text} -> ${rows[0].seen}`)
}
await database.close()
END
cat > show.py <<'END'
import dateutil.parser

for text in open("texts").read().splitlines():
    print(f"dateutil {text} -> {dateutil.parser.parse(text)}")
END
{ TZ=UTC node show.mjs; TZ=UTC python/bin/python -W ignore show.py; } > seen
cat seen
diff seen - <<'END'
PostgreSQL 2020-01-02 10:00 +05:30 -> 2020-01-02 04:30:00+00
PostgreSQL 2020-01-02 10:00 GMT+05:30 -> 2020-01-02 15:30:00+00
PostgreSQL 2020-01-02 10:00 UTC+5 -> 2020-01-02 15:00:00+00
PostgreSQL 2020-01-02 10:00 -08:00 -> 2020-01-02 18:00:00+00
PostgreSQL 2020-01-02 10:00 GMT-8 -> 2020-01-02 02:00:00+00
PostgreSQL 2020-01-02 10:00 EST -> 2020-01-02 15:00:00+00
PostgreSQL 2020-01-02 10:00 IST -> 2020-01-02 08:00:00+00
dateutil 2020-01-02 10:00 +05:30 -> 2020-01-02 10:00:00+05:30
dateutil 2020-01-02 10:00 GMT+05:30 -> 2020-01-02 10:00:00-05:30
dateutil 2020-01-02 10:00 UTC+5 -> 2020-01-02 10:00:00-05:00
dateutil 2020-01-02 10:00 -08:00 -> 2020-01-02 10:00:00-08:00
dateutil 2020-01-02 10:00 GMT-8 -> 2020-01-02 10:00:00+08:00
dateutil 2020-01-02 10:00 EST -> 2020-01-02 10:00:00
dateutil 2020-01-02 10:00 IST -> 2020-01-02 10:00:00
END
