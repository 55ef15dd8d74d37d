#!/usr/bin/env bash
# Segment's client for Python leaves traits out whose values it does not know: a UUID, a time of the day, a boolean of numpy, NA of pandas, a
# frozenset. The message goes out without them, and `identify` says that all is well; a warning goes to a log that nobody has set up.
#
# Version: segment-analytics-python 2.4.0, numpy 2.4.6 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: who fills traits from an ORM or a data frame: consent and ids never arrive.
# Expected: the text of a UUID, the value of a boolean; or an error, as for an integer of numpy. Here: what cannot be sent is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check segment-analytics-python==2.4.0 numpy==2.4.6

cat > show.py <<'END'
import datetime
import logging
import uuid

import numpy
from segment.analytics.client import Client

logging.disable(logging.CRITICAL)

def identify(value):
    """What `identify` queues of a trait."""
    ok, message = Client("key", send=False).identify("u", {"trait": value, "other": 1})
    return ok, message["traits"]


for value in (True, numpy.bool_(True), uuid.UUID(int=1), datetime.time(9, 30), datetime.date(1990, 2, 28), frozenset("a")):
    print(type(value).__module__, type(value).__name__, *identify(value))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
builtins bool True {'trait': True, 'other': 1}
numpy bool True {'other': 1}
uuid UUID True {'other': 1}
datetime time True {'other': 1}
datetime date True {'trait': datetime.date(1990, 2, 28), 'other': 1}
builtins frozenset True {'other': 1}
END
