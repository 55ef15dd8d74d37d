#!/usr/bin/env bash
# Amplitude's client checks the types of what it is given. Where one property is none of its types, a day, a Decimal, a tuple or a list
# with a None in it, all properties of the event are left out, and the event goes out without them. A user id that is a number is left out too,
# and a price of 5, because it is not 5.0. Nothing is raised; the log speaks of the id and the price, and of no property.
#
# Version: amplitude-analytics 1.3.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: traits from a database: with one birthdate among them no trait arrives, and with ids that are numbers nobody has any.
# Expected: an error, or everything but what does not fit. Here: a trait that does not fit is a finding, and the others are sent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check amplitude-analytics==1.3.0

cat > show.py <<'END'
import datetime
import decimal

from amplitude import BaseEvent, Identify

for value in ("gold", datetime.date(1990, 2, 28), decimal.Decimal("1.10"), (1, 2), ["a", None]):
    event = BaseEvent("seen", user_id="ada", user_properties={"city": "Bath", "points": 7, "value": value})
    person = Identify()
    person.set("city", "Bath").set("value", value)
    print(value, "-> event:", event.get_event_body().get("user_properties"), "identify:", person.user_properties["$set"])
for fields in ({"user_id": 7}, {"user_id": "7", "price": 5}, {"user_id": "7", "price": 5.0}, {"user_id": "7", "time": 1577836800.0}):
    print(fields, "->", BaseEvent("seen", **fields).get_event_body())
END
python/bin/python show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
gold -> event: {'city': 'Bath', 'points': 7, 'value': 'gold'} identify: {'city': 'Bath', 'value': 'gold'}
1990-02-28 -> event: None identify: {'city': 'Bath'}
1.10 -> event: None identify: {'city': 'Bath'}
(1, 2) -> event: None identify: {'city': 'Bath'}
['a', None] -> event: None identify: {'city': 'Bath'}
{'user_id': 7} -> {'event_type': 'seen'}
{'user_id': '7', 'price': 5} -> {'user_id': '7', 'event_type': 'seen'}
{'user_id': '7', 'price': 5.0} -> {'user_id': '7', 'event_type': 'seen', 'price': 5.0}
{'user_id': '7', 'time': 1577836800.0} -> {'user_id': '7', 'event_type': 'seen'}
END
