#!/usr/bin/env bash
# Where a class says that a value is a number or a text, jsons tries the kinds in that order and lets each make of the value what it can. A
# text that `int` can read becomes a number, although a text is just what the class allows: the phone loses its plus, 007 its zeros, and
# `1_000` is a thousand. Likewise 1.5 is 1 where whole numbers come before others. None of it shows when the object is written again.
#
# Version: jsons 1.6.3 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: traits that are numbers for some people and texts for others, and ids: 007 and 7 are one person then.
# Expected: the value, which fits as it is. Here: a text stays a text, and a number the number that it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check jsons==1.6.3

cat > show.py <<'END'
import dataclasses
import typing

import jsons


@dataclasses.dataclass
class Trait:
    value: typing.Union[int, float, str]
    values: typing.List[typing.Union[int, float, str, None]]


for value in ("+12125550100", "007", "1_000", " 7 ", "１２", "Bath", 7, 1.5):
    print(repr(value), "->", jsons.load({"value": value, "values": [value]}, Trait))
END
python/bin/python -W ignore show.py > seen
cat seen
diff seen - <<'END'
'+12125550100' -> Trait(value=12125550100, values=[12125550100])
'007' -> Trait(value=7, values=[7])
'1_000' -> Trait(value=1000, values=[1000])
' 7 ' -> Trait(value=7, values=[7])
'１２' -> Trait(value=12, values=[12])
'Bath' -> Trait(value='Bath', values=['Bath'])
7 -> Trait(value=7, values=[7])
1.5 -> Trait(value=1, values=[1])
END
