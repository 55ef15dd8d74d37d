#!/usr/bin/env bash
# pgzip cannot read gzip whose header has an extra field, as bgzip and its libraries write one into each block: it takes the field for
# compressed data and raises an error about a wrong block. gzip, zcat and Python's own module read these files.
#
# Version: pgzip 0.4.0, biopython 1.88 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: exports packed by bgzip, so that parts of them can be read alone: they are taken for damaged.
# Expected: the content. Here: all fields that the header of a member may have are read over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pgzip==0.4.0 biopython==1.88

cat > show.py <<'END'
import gzip

import Bio.bgzf
import pgzip

with Bio.bgzf.BgzfWriter("people.gz") as file:
    for number in range(20_000):
        file.write(b'{"id":"%d"}\n' % number)
for module in (gzip, pgzip):
    try:
        with module.open("people.gz", "rb") as file:
            print(f"{module.__name__}: {len(file.read().splitlines())} lines")
    except Exception as error:
        print(f"{module.__name__}: {type(error).__name__} {error}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
gzip: 20000 lines
pgzip: error Error -3 while decompressing data: invalid stored block lengths
END
