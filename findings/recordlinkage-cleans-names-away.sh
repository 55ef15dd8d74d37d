#!/usr/bin/env bash
# `recordlinkage.preprocessing.clean` removes all letters that are not of English: Zoë becomes `zo`, Łukasz `ukasz`, and what is written in
# Chinese, Greek or Russian becomes empty. With `strip_accents="unicode"` ß, Ł and Ø still vanish. What is left is compared, and two
# empty names are equal: 王小明 and Ольга are the same person, with the score of an exact match.
#
# Version: recordlinkage 0.16 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: the search for people who are there twice: all who write their names in another script are one.
# Expected: the letters, in small. Here: names are not cleaned, and never joined by what is left of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check recordlinkage==0.16 pandas==2.3.3

cat > show.py <<'END'
import pandas
import recordlinkage
from recordlinkage.preprocessing import clean

people = pandas.DataFrame({"name": ["Ada", "Zoë", "Zo", "Łukasz", "Strauß", "王小明", "Ольга", "Ελένη"]})
print(*people["name"])
people["cleaned"] = clean(people["name"])
print("clean:", list(people["cleaned"]))
print("with strip_accents:", list(clean(people["name"], strip_accents="unicode")))
compare = recordlinkage.Compare()
compare.exact("cleaned", "cleaned", label="exact")
compare.string("cleaned", "cleaned", method="jarowinkler", label="jarowinkler")
pairs = recordlinkage.index.Full().index(people)
for (left, right), scores in compare.compute(pairs, people).iterrows():
    if scores["exact"]:
        print(people["name"][left], people["name"][right], {name: float(score) for name, score in scores.items()})
print("blocked by the cleaned name:", len(recordlinkage.index.Block("cleaned").index(people)), "pairs")
END
python/bin/python -W ignore show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
Ada Zoë Zo Łukasz Strauß 王小明 Ольга Ελένη
clean: ['ada', 'zo', 'zo', 'ukasz', 'strau', '', '', '']
with strip_accents: ['ada', 'zoe', 'zo', 'ukasz', 'strau', '', '', '']
Zo Zoë {'exact': 1.0, 'jarowinkler': 1.0}
Ольга 王小明 {'exact': 1.0, 'jarowinkler': 0.0}
Ελένη 王小明 {'exact': 1.0, 'jarowinkler': 0.0}
Ελένη Ольга {'exact': 1.0, 'jarowinkler': 0.0}
blocked by the cleaned name: 4 pairs
END
