#!/usr/bin/env bash
# A member of a JSON column that is compared with a value on SQLite is not found, or another is: `column["id"] == "7"` finds the number 7
# and not the text, `== "Bath"`, `== 7` and `== True` find nothing. With `as_string()` a text and a number are one, and with `as_integer()`
# the texts `7`, `07` and `7 Main Street` are the number 7.
#
# Version: SQLAlchemy 2.1.9 (PyPI), SQLite 3 of Python.   Needs: bash, Python 3 with venv.
# Hurts: whoever finds people by a trait, to change or to delete them: they are not found, or others are.
# Expected: who has that value. Here: a number and a text are never equal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check SQLAlchemy==2.1.9

cat > show.py <<'END'
import sqlalchemy

engine = sqlalchemy.create_engine("sqlite://")
table = sqlalchemy.Table("people", sqlalchemy.MetaData(), sqlalchemy.Column("traits", sqlalchemy.JSON))
values = [7, "7", "07", "7 Main Street", True, 1, "Łódź", "Bath", None, ["gold"]]
with engine.begin() as connection:
    table.create(connection)
    connection.execute(table.insert(), [{"traits": {"id": value}} for value in values])
    member = table.c.traits["id"]
    for name, condition in (
        ('== "7"', member == "7"), ("== 7", member == 7), ("== True", member == True), ('== "Łódź"', member == "Łódź"),
        ('== "Bath"', member == "Bath"), ('== ["gold"]', member == ["gold"]),
        ('as_string() == "7"', member.as_string() == "7"), ("as_integer() == 7", member.as_integer() == 7),
        ("as_boolean() == True", member.as_boolean() == True),
    ):
        print(f"{name}:", *[repr(row[0]["id"]) for row in connection.execute(sqlalchemy.select(table).where(condition))])
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
== "7": 7
== 7:
== True:
== "Łódź":
== "Bath":
== ["gold"]: ['gold']
as_string() == "7": 7 '7'
as_integer() == 7: 7 '7' '07' '7 Main Street'
as_boolean() == True: True 1
END
