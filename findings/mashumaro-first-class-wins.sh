#!/usr/bin/env bash
# Where a value may be of one class or of another, mashumaro takes the first that does not fail, and members that a class does not know are
# no failure: an order by email becomes an order by phone without a phone, and the email is gone. A list or a text, given "gold", is a
# list of four letters, and a number or a text, given null, is the text None. pydantic finds the class by its members.
#
# Version: mashumaro 3.23, pydantic 2.14.4 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: events of several kinds that differ in optional members: what only the later kinds have is lost.
# Expected: the class that has the members, or an error. Here: nothing of a profile is lost for want of a place.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check mashumaro==3.23 pydantic==2.14.4

cat > show.py <<'END'
import dataclasses
import typing

import mashumaro.codecs.json
import pydantic


@dataclasses.dataclass
class ByPhone:
    id: int
    phone: typing.Optional[str] = None


@dataclasses.dataclass
class ByEmail:
    id: int
    email: typing.Optional[str] = None


for kind, texts in (
    (typing.Union[ByPhone, ByEmail], ('{"id": 1, "phone": "+12125550100"}', '{"id": 2, "email": "ada@example.org"}')),
    (typing.Union[typing.List[str], str], ('"gold"', '["gold"]')),
    (typing.Union[int, str], ("7", '"7"', "null")),
):
    for text in texts:
        seen = []
        for read in (lambda: mashumaro.codecs.json.decode(text, kind), lambda: pydantic.TypeAdapter(kind).validate_json(text)):
            try:
                seen.append(repr(read()))
            except Exception as error:
                seen.append(type(error).__name__)
        print(f"{text}: mashumaro {seen[0]}, pydantic {seen[1]}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
{"id": 1, "phone": "+12125550100"}: mashumaro ByPhone(id=1, phone='+12125550100'), pydantic ByPhone(id=1, phone='+12125550100')
{"id": 2, "email": "ada@example.org"}: mashumaro ByPhone(id=2, phone=None), pydantic ByEmail(id=2, email='ada@example.org')
"gold": mashumaro ['g', 'o', 'l', 'd'], pydantic 'gold'
["gold"]: mashumaro ['gold'], pydantic ['gold']
7: mashumaro 7, pydantic 7
"7": mashumaro '7', pydantic '7'
null: mashumaro 'None', pydantic ValidationError
END
