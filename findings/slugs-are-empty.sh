#!/usr/bin/env bash
# Four libraries that make keys for addresses of names give the empty text for names in scripts that they do not know, without an error: for Han,
# Hebrew, Thai and Korean all four, url-slug for Greek and Russian, too. url-slug leaves letters out as well: Łukasz is `ukasz`, Đặng is `ang`.
#
# Version: slugify 1.6.9, @sindresorhus/slugify 3.0.1, url-slug 5.2.0, speakingurl 14.0.1 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: who makes ids, file names or codes of names: all customers with such a name have the same, and the last one wins.
# Expected: a key for each, or an error. Here: ids are taken as they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit slugify@1.6.9 @sindresorhus/slugify@3.0.1 url-slug@5.2.0 speakingurl@14.0.1
cat > show.mjs <<'END'
import slugify from 'slugify'
import sindresorhus from '@sindresorhus/slugify'
import { convert } from 'url-slug'
import speaking from 'speakingurl'

const libraries = [slugify, sindresorhus, convert, speaking]
for (const name of ['Ada', 'Łukasz', 'Đặng', 'Ирина', 'Ελένη', '王芳', '李小龙', 'ธนา', '김민수']) {
  console.log(name, '->', libraries.map((slug) => JSON.stringify(slug(name))).join(' '))
}
END
node show.mjs > seen
cat seen
diff seen - <<'END'
Ada -> "Ada" "ada" "ada" "ada"
Łukasz -> "Lukasz" "lukasz" "ukasz" "lukasz"
Đặng -> "DJang" "dang" "ang" "dang"
Ирина -> "Irina" "irina" "" "irina"
Ελένη -> "Elenh" "eleni" "" "eleni"
王芳 -> "" "" "" ""
李小龙 -> "" "" "" ""
ธนา -> "" "" "" ""
김민수 -> "" "" "" ""
END
