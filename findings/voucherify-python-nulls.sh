#!/usr/bin/env bash
# The vendor's Python client sends null for every field that was not given, where an object is made from a dict.
#
# Version:   PyPI voucherify 6.1.1 (pydantic 2.14.4). Needs Python 3 with venv.
# Expected:  {"source_id": "a", "name": "Ada", "address": {"city": "Bath"}}, the dict that went in.
# Seen:      `from_dict` adds description, email, phone, birthdate, birthday, metadata and five parts of the address, all
#            null; the constructor with the same fields adds none.
# Whom:      whoever updates customers in bulk from records: null overwrites (docs/api-facts.md C1), so the phone number
#            and the metadata that the project had are gone, with 202 and without a word.
# Here:      a field without a value is left out of every batch unless `--nulls` asks for it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check voucherify==6.1.1 pydantic==2.14.4 urllib3==2.8.0 python-dateutil==4.0.0

python/bin/python - <<'PYTHON' | tee seen.txt
import json
from importlib.metadata import version
from voucherify.models import CustomersUpdateInBulkRequestBody as Customer

print("voucherify", version("voucherify"))
given = {"source_id": "a", "name": "Ada", "address": {"city": "Bath"}}
print("given      ", json.dumps(given))
print("from_dict  ", json.dumps(Customer.from_dict(given).to_dict(), sort_keys=True))
print("constructor", json.dumps(Customer(source_id="a", name="Ada").to_dict(), sort_keys=True))
PYTHON

address='{"city": "Bath", "country": null, "line_1": null, "line_2": null, "postal_code": null, "state": null}'
grep -qxF "from_dict   {\"address\": $address, \"birthdate\": null, \"birthday\": null, \"description\": null, \"email\": null, \"metadata\": null, \"name\": \"Ada\", \"phone\": null, \"source_id\": \"a\"}" seen.txt
grep -qxF 'constructor {"name": "Ada", "source_id": "a"}' seen.txt
echo "still so: a dict of three fields becomes an update that clears six others and most of the address"
