#!/usr/bin/env bash
# Pony makes moments of texts. Of a day alone it makes noon of that day, 12:00, and not its beginning. `Feb 28, 1990` and `28.02.1990` are
# noons likewise, and a day before the month cannot be told from one after it: 02/03/1990 is 3 February, 13/03/1990 an error.
#
# Version: Pony ORM 0.7.20 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: consents and vouchers that begin or end with a day: they do so twelve hours late, and the beginning of a day is half a day after it began.
# Expected: 00:00, as in Python and SQL, or an error. Here: a day stays a day.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pony==0.7.20

cat > show.py <<'END'
import datetime

from pony import orm

database = orm.Database("sqlite", ":memory:")


class Voucher(database.Entity):
    expires = orm.Required(datetime.datetime)


database.generate_mapping(create_tables=True)
for text in ("1990-02-28 00:00", "1990-02-28", "1990/02/28", "28.02.1990", "Feb 28, 1990", "02/03/1990", "13/03/1990"):
    with orm.db_session:
        try:
            Voucher(expires=text)
            orm.flush()
            seen = database.select("SELECT expires FROM Voucher ORDER BY id DESC LIMIT 1")[0]
        except ValueError as error:
            seen = error
        print(f"{text}: {seen}")
print("Python:", datetime.datetime.fromisoformat("1990-02-28"))
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
1990-02-28 00:00: 1990-02-28 00:00:00.000000
1990-02-28: 1990-02-28 12:00:00.000000
1990/02/28: 1990-02-28 12:00:00.000000
28.02.1990: 1990-02-28 12:00:00.000000
Feb 28, 1990: 1990-02-28 12:00:00.000000
02/03/1990: 1990-02-03 12:00:00.000000
13/03/1990: month must be in 1..12
Python: 1990-02-28 00:00:00
END
