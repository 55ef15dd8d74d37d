#!/usr/bin/env bash
# DeepDiff reports 1 that became true, as a change of its type, and says nothing of it where it stands in a list: [1] and [true] are the
# same to it, and so are [0] and [false] and lists of such lists. With `ignore_order` it reports them.
#
# Version: deepdiff 9.1.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: who compares what two programs made of the same records: consents and flags in lists are not looked at.
# Expected: the same answer in a list and outside. Here: true and 1 differ wherever they stand.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check deepdiff==9.1.0

cat > show.py <<'END'
from deepdiff import DeepDiff

for before, after in ((1, True), ({"a": 1}, {"a": True}), ([1], [True]), ([0], [False]), ([[1], 2], [[True], 2]), ([1], [1.0]), ([1], ["1"])):
    in_order = list(DeepDiff({"value": before}, {"value": after}))
    without = list(DeepDiff({"value": before}, {"value": after}, ignore_order=True))
    print(before, after, "in order:", in_order, "without:", without)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
1 True in order: ['type_changes'] without: ['type_changes']
{'a': 1} {'a': True} in order: ['type_changes'] without: ['type_changes']
[1] [True] in order: [] without: ['type_changes']
[0] [False] in order: [] without: ['type_changes']
[[1], 2] [[True], 2] in order: [] without: ['type_changes']
[1] [1.0] in order: [] without: ['type_changes']
[1] ['1'] in order: ['type_changes'] without: ['values_changed']
END
