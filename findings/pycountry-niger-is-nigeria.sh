#!/usr/bin/env bash
# `pycountry.countries.search_fuzzy` sorts what it finds by how well it fits, the best first. Asked for Niger, by its exact name, it has
# Nigeria first, and for Curaçao the Netherlands: a name that is found whole counts less than pieces of many others. Of the 249 countries it
# finds all others first by their own name.
#
# Version: pycountry 26.2.16 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: names of countries that are turned into codes by the first that is found: people move to a country where other rules hold.
# Expected: the country whose name it is. Here: a country is a code of two letters or stays text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pycountry==26.2.16

cat > show.py <<'END'
import pycountry

right = 0
for country in pycountry.countries:
    found = [other.name for other in pycountry.countries.search_fuzzy(country.name)]
    if found[0] == country.name:
        right += 1
    else:
        print(f"{country.name} ({country.alpha_2}):", " | ".join(found[:3]))
print("right:", right)
for name in ("Niger", "niger", "NE", "NER"):
    print(f"{name}: search_fuzzy {pycountry.countries.search_fuzzy(name)[0].name}, lookup {pycountry.countries.lookup(name).name}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
Curaçao (CW): Netherlands | Curaçao
Niger (NE): Nigeria | Niger
right: 247
Niger: search_fuzzy Nigeria, lookup Niger
niger: search_fuzzy Nigeria, lookup Niger
NE: search_fuzzy Niger, lookup Niger
NER: search_fuzzy Niger, lookup Niger
END
