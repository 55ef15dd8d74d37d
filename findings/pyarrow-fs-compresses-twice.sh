#!/usr/bin/env bash
# pyarrow's file systems compress and inflate by the end of a name unless told not to: bytes that are written to `x.json.gz` are
# compressed on the way, also where they are gzip already, and reading `x.json.gz` gives other bytes than are there. The default
# of `compression` is documented; `copy_files` and fsspec's files move bytes as they are.
#
# Version: pyarrow 26.0.1, fsspec 2026.9.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: who copies exports to object storage through it: what reads them there finds gzip within gzip, and checksums differ.
# Expected: the bytes that were given. Here: `compression=None` wherever the job for Spark moves files; and a file that is
# compressed twice is refused by that name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyarrow==26.0.1 fsspec==2026.9.0

cat > show.py <<'END'
import gzip

import fsspec
from pyarrow import fs

content = gzip.compress(b'{"segment_id":"use_1"}\n')
local = fs.LocalFileSystem()
for name in ("a.json.gz", "a.json"):
    with local.open_output_stream(name) as file:
        file.write(content)
    there = open(name, "rb").read()
    read = local.open_input_stream(name).read()
    print(f"pyarrow {name:10} written as given: {there == content}, inflated once it is gzip: "
          f"{gzip.decompress(there)[:2] == content[:2]}, reads what is there: {read == there}")
with local.open_output_stream("b.json.gz", compression=None) as file:
    file.write(content)
print("pyarrow compression=None written as given:", open("b.json.gz", "rb").read() == content)
with fsspec.open("c.json.gz", "wb") as file:
    file.write(content)
print("fsspec  c.json.gz  written as given:", open("c.json.gz", "rb").read() == content)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
pyarrow a.json.gz  written as given: False, inflated once it is gzip: True, reads what is there: False
pyarrow a.json     written as given: True, inflated once it is gzip: False, reads what is there: True
pyarrow compression=None written as given: True
fsspec  c.json.gz  written as given: True
END
