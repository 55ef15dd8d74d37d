#!/usr/bin/env bash
# The transformation that flattens records in Airbyte calls a nested member by its own name alone, and by its path only if that name is taken
# by another nested one. So the column `city` holds the city of the shipping address for one person and that of the billing address for the
# next, depending on what else a person has and in which order. What has the name of a member of the record itself is lost: the city
# of an address beside a city, the id of a partner. Empty objects and lists vanish.
#
# Version: airbyte-cdk 7.39.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: everybody whose traits hold objects with members of the same name: one column is mixed of two, and others are gone.
# Expected: the whole path for each. Here: a path names one value, whatever else is in the profile.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check airbyte-cdk==7.39.1

cat > show.py <<'END'
from airbyte_cdk.sources.declarative.transformations.flatten_fields import FlattenFields

for record in (
    {"id": 1, "billing": {"city": "Bath"}, "shipping": {"city": "Rome"}},
    {"id": 2, "billing": {"city": "Bath"}},
    {"id": 3, "shipping": {"city": "Rome"}},
    {"id": 4, "shipping": {"city": "Rome"}, "billing": {"city": "Bath"}},
    {"id": 5, "city": "Oslo", "shipping": {"city": "Rome"}, "billing": {}},
    {"id": 6, "partner": {"id": 1}, "tags": []},
):
    flat = dict(record)
    FlattenFields().transform(flat)
    print(record, "->", dict(sorted(flat.items())))
END
python/bin/python -W ignore show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
{'id': 1, 'billing': {'city': 'Bath'}, 'shipping': {'city': 'Rome'}} -> {'billing.city': 'Bath', 'city': 'Rome', 'id': 1}
{'id': 2, 'billing': {'city': 'Bath'}} -> {'city': 'Bath', 'id': 2}
{'id': 3, 'shipping': {'city': 'Rome'}} -> {'city': 'Rome', 'id': 3}
{'id': 4, 'shipping': {'city': 'Rome'}, 'billing': {'city': 'Bath'}} -> {'city': 'Bath', 'id': 4, 'shipping.city': 'Rome'}
{'id': 5, 'city': 'Oslo', 'shipping': {'city': 'Rome'}, 'billing': {}} -> {'city': 'Oslo', 'id': 5}
{'id': 6, 'partner': {'id': 1}, 'tags': []} -> {'id': 6}
END
