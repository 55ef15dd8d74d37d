#!/usr/bin/env bash
# dictdiffer compares numbers with a tolerance, and whole numbers too: two ids of 16 digits or more that differ in the last one are the same
# to it, and so are 12345678901234567890 and what is left of it after a parser that has floating-point numbers alone. As texts they differ.
#
# Version: dictdiffer 0.10.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: who checks with it that what arrived is what was sent: a number that lost its last digit on the way counts as whole.
# Expected: a change for each, as 7 and 8 are one. Here: numbers are compared by all of their digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check dictdiffer==0.10.0

cat > show.py <<'END'
import dictdiffer

for sent, arrived in (
    (7, 8), (123456789012345, 123456789012346), (9007199254740992, 9007199254740993), (12345678901234567, 12345678901234568),
    ("12345678901234567", "12345678901234568"), (12345678901234567890, 12345678901234567000), (1, True), (1, "1"),
):
    print(repr(sent), repr(arrived), list(dictdiffer.diff({"id": sent}, {"id": arrived})))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
7 8 [('change', 'id', (7, 8))]
123456789012345 123456789012346 [('change', 'id', (123456789012345, 123456789012346))]
9007199254740992 9007199254740993 []
12345678901234567 12345678901234568 []
'12345678901234567' '12345678901234568' [('change', 'id', ('12345678901234567', '12345678901234568'))]
12345678901234567890 12345678901234567000 []
1 True []
1 '1' [('change', 'id', (1, '1'))]
END
