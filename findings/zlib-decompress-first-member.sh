#!/usr/bin/env bash
# zlib.decompress of Python, told to read gzip (wbits 31 or 47), gives the first member and leaves out whatever follows, be it another
# member or no gzip at all. gzip.decompress of the same library reads all members, and refuses what is none.
#
# Version: Python 3.11 and later (its standard library).   Needs: bash, Python 3.
# Hurts: bodies and files of many members: everybody behind the first is missing, and nothing says so.
# Expected: an error, as for data that end too early. Here: every member is read, and what is none is an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat > show.py <<'END'
import gzip
import zlib

members = gzip.compress(b"1\n") + gzip.compress(b"2\n")
for name, data in (("two members", members), ("a member and text", members[:22] + b"junk"), ("half a member", members[:12])):
    for module, read in (("zlib", lambda data: zlib.decompress(data, 31)), ("gzip", gzip.decompress)):
        try:
            seen = read(data)
        except Exception as error:
            seen = type(error).__name__
        print(module, name, "->", seen)
END
python3 show.py > seen
cat seen
diff seen - <<'END'
zlib two members -> b'1\n'
gzip two members -> b'1\n2\n'
zlib a member and text -> b'1\n'
gzip a member and text -> BadGzipFile
zlib half a member -> error
gzip half a member -> EOFError
END
