#!/usr/bin/env bash
# The package zstandard reads a file that was cut off as if it ended there, whichever way the stream is read: `open`, also as text,
# `stream_reader`, `copy_stream`, `read_to_iter` and `decompressobj`. What is left is handed out, with half a line at the end, and no error.
# gzip, bz2 and lzma raise EOFError there. A frame that says how long it is, and has a checksum, makes no difference.
#
# Version: zstandard 0.25.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: exports whose download broke off: half of the people are there, and nothing says that the others are not.
# Expected: an error, as by Python's own modules. Here: a compressed file that ends early is an error that names the file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check zstandard==0.25.0

cat > show.py <<'END'
import gzip
import hashlib
import io

import zstandard

newline = b"\n"
lines = [b'{"id":"%s"}\n' % hashlib.sha256(b"%d" % number).hexdigest().encode() for number in range(20_000)]
whole = b"".join(lines)
packed = zstandard.ZstdCompressor(write_checksum=True, write_content_size=True).compress(whole)
with open("people.zst", "wb") as file:
    file.write(packed[: len(packed) // 2])
with open("people.gz", "wb") as file:
    file.write(gzip.compress(whole)[: len(packed) // 2])


def copied():
    out = io.BytesIO()
    zstandard.ZstdDecompressor().copy_stream(open("people.zst", "rb"), out)
    return out.getvalue()


for name, read in (
    ("gzip.open", lambda: gzip.open("people.gz").read()),
    ("open", lambda: zstandard.open("people.zst").read()),
    ("open as text", lambda: "".join(zstandard.open("people.zst", "rt")).encode()),
    ("stream_reader", lambda: zstandard.ZstdDecompressor().stream_reader(open("people.zst", "rb")).read()),
    ("copy_stream", copied),
    ("read_to_iter", lambda: b"".join(zstandard.ZstdDecompressor().read_to_iter(open("people.zst", "rb")))),
    ("decompressobj", lambda: zstandard.ZstdDecompressor().decompressobj().decompress(open("people.zst", "rb").read())),
):
    try:
        seen = read()
        print(f"{name}: {seen.count(newline)} lines of {len(lines)}, and {len(seen) - seen.rfind(newline) - 1} bytes of the next")
    except Exception as error:
        print(f"{name}: {type(error).__name__}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
gzip.open: EOFError
open: 8856 lines of 20000, and 16 bytes of the next
open as text: 8856 lines of 20000, and 16 bytes of the next
stream_reader: 8856 lines of 20000, and 16 bytes of the next
copy_stream: 8856 lines of 20000, and 16 bytes of the next
read_to_iter: 8856 lines of 20000, and 16 bytes of the next
decompressobj: 8856 lines of 20000, and 16 bytes of the next
END
