#!/usr/bin/env bash
# ijson has several backends, and takes the fastest that is there. For half a surrogate pair, as text leaves behind that was cut
# inside a character, the C one gives a question mark where it is the first half and an error of text encoding where it is the
# second; the Python one gives the half itself. So one file gives two texts, depending on whether the machine had a compiled package,
# and the question mark cannot be told from one that somebody typed.
#
# Version: ijson 3.6.0 (PyPI).   Needs: bash, Python 3 with venv, a platform that has the compiled package.
# Hurts: hashes and comparisons of the same export made on two machines, and whoever looks for damaged text afterwards.
# Expected: the same from all backends. Here: U+FFFD in its place, and a finding that says where.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install -q --disable-pip-version-check ijson==3.6.0

cat > "$folder/show.py" <<'END'
import io

import ijson

for name in ("yajl2_c", "python"):
    backend = ijson.get_backend(name)
    for text in (rb'["Ada \ud83d"]', rb'["Ada \ud83d\ude00"]', rb'["Ada \ude00!"]'):
        try:
            read = ascii(next(backend.items(io.BytesIO(text), "item")))
        except UnicodeDecodeError as error:
            read = type(error).__name__
        print(f"{name:8}", text.decode(), "->", read)
END
"$folder/python/bin/python" "$folder/show.py" > "$folder/seen"
cat "$folder/seen"
diff "$folder/seen" - <<'END'
yajl2_c  ["Ada \ud83d"] -> 'Ada ?'
yajl2_c  ["Ada \ud83d\ude00"] -> 'Ada \U0001f600'
yajl2_c  ["Ada \ude00!"] -> UnicodeDecodeError
python   ["Ada \ud83d"] -> 'Ada \ud83d'
python   ["Ada \ud83d\ude00"] -> 'Ada \U0001f600'
python   ["Ada \ude00!"] -> 'Ada \ude00!'
END
