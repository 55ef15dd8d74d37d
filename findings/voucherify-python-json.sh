#!/usr/bin/env bash
# The vendor's Python client cannot write as JSON any customer that it read.
#
# Version:   PyPI voucherify 6.1.1 (pydantic 2.14.4). Needs Python 3 with venv.
# Expected:  `Customer.from_json(text).to_json()` gives JSON again, as both methods promise.
# Seen:      TypeError: the moment of creation, which every customer has, is a datetime, and `to_json` has no form for it.
# Whom:      whoever keeps customers as they were before an import, one a line, to be able to go back.
# Here:      what came is kept as it came, text for text; nothing passes through a model of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check voucherify==6.1.1 pydantic==2.14.4 urllib3==2.8.0 python-dateutil==4.0.0

python/bin/python - <<'PYTHON' | tee seen.txt
import json
from importlib.metadata import version
from voucherify.models import CustomersGetResponseBody as Customer

numbers = "total_redeemed total_failed total_succeeded total_rolled_back total_rollback_failed total_rollback_succeeded"
redemptions = {
    **dict.fromkeys(numbers.split(), 0),
    "gift": {"redeemed_amount": 0, "amount_to_go": 0}, "loyalty_card": {"redeemed_points": 0, "points_to_go": 0},
}
orders = {"total_amount": 0, "total_count": 0, "average_amount": 0, "last_order_amount": 0}
customer = {
    "id": "cust_1", "source_id": "a", "object": "customer", "created_at": "2022-08-30T06:32:07.380Z",
    "summary": {"redemptions": redemptions, "orders": orders},
    "loyalty": {"points": 0, "referred_customers": 0, "campaigns": {}}, "referrals": {"total": 0, "campaigns": []},
}
print("voucherify", version("voucherify"))
read = Customer.from_json(json.dumps(customer))
print("read:", read.source_id, read.created_at.isoformat())
try:
    print("written:", read.to_json())
except TypeError as error:
    print("written: TypeError:", error)
PYTHON

grep -qxF "read: a 2022-08-30T06:32:07.380000+00:00" seen.txt
grep -qxF "written: TypeError: Object of type datetime is not JSON serializable" seen.txt
echo "still so: a customer can be read from JSON and not be written"
