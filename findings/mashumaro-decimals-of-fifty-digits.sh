#!/usr/bin/env bash
# mashumaro makes a Decimal of the float that a number in JSON was read as, with all the digits that the float has in binary: 1.10 becomes
# 1.100000000000000088817841970012523233890533447265625, and is written so. A price is not equal to itself any more, and three of 0.10
# are not 0.30. With orjson it is the same. A price in quotes is read right.
#
# Version: mashumaro 3.23, orjson 3.13.0, msgspec 0.22.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: amounts, for which Decimal is used so that this does not happen: columns of two digits refuse them, and sums do not match.
# Expected: 1.10, or 1.1. Here: a number keeps the digits that it was written with.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check mashumaro==3.23 orjson==3.13.0 msgspec==0.22.0

cat > show.py <<'END'
import dataclasses
import decimal

import mashumaro.mixins.json
import mashumaro.mixins.orjson
import msgspec


@dataclasses.dataclass
class Order(mashumaro.mixins.json.DataClassJSONMixin):
    price: decimal.Decimal


@dataclasses.dataclass
class Fast(mashumaro.mixins.orjson.DataClassORJSONMixin):
    price: decimal.Decimal


for text in ('{"price": 1.10}', '{"price": 19.99}', '{"price": 7}', '{"price": "1.10"}'):
    order = Order.from_json(text)
    print(f"{text}: {order.to_json()}, orjson {Fast.from_json(text).price}, msgspec {msgspec.json.decode(text, type=dict[str, decimal.Decimal])['price']}")
print(Order.from_json('{"price": 1.10}').price == decimal.Decimal("1.10"), 3 * Order.from_json('{"price": 0.10}').price == decimal.Decimal("0.30"))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
{"price": 1.10}: {"price": "1.100000000000000088817841970012523233890533447265625"}, orjson 1.100000000000000088817841970012523233890533447265625, msgspec 1.10
{"price": 19.99}: {"price": "19.989999999999998436805981327779591083526611328125"}, orjson 19.989999999999998436805981327779591083526611328125, msgspec 19.99
{"price": 7}: {"price": "7"}, orjson 7, msgspec 7
{"price": "1.10"}: {"price": "1.10"}, orjson 1.10, msgspec 1.10
False False
END
