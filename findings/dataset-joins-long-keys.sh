#!/usr/bin/env bash
# The library dataset makes a column of each key of a dict, and cuts names at 63 characters. Two keys that are equal so far become one
# column, in which the last value of each row is left, and a search for the one finds the other. Nothing is said, on SQLite either, which
# has no such limit.
#
# Version: dataset 2.0.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: traits with long names, as flattened objects and surveys have them: a consent to one thing is stored as that to another.
# Expected: two columns, or an error. Here: keys have no limit, and two of them never become one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check dataset==2.0.0 SQLAlchemy==2.1.9

cat > show.py <<'END'
import dataset

email = "consents.marketing.newsletter.of_the_online_shop.in_europe.given_by_email"
text = "consents.marketing.newsletter.of_the_online_shop.in_europe.given_by_text"
email, text = email.replace(".", "_"), text.replace(".", "_")
people = dataset.connect("sqlite:///:memory:")["people"]
for person in ({"name": "Ada", email: True, text: False}, {"name": "Bob", text: False, email: True}, {"name": "Eve", text: True}):
    people.insert(person)
for column in people.columns:
    print(len(column), column)
for person in people:
    print(*person.values())
print("email:", *[person["name"] for person in people.find(**{email: True})])
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
2 id
4 name
63 consents_marketing_newsletter_of_the_online_shop_in_europe_give
1 Ada False
2 Bob True
3 Eve True
email: Bob Eve
END
