#!/usr/bin/env bash
# phonenumbers, Python's copy of Google's library, makes digits of the letters of a number, as on a keypad, where there are three or more, be it a
# vanity number or a remark behind it: `home` becomes 4663. Parsing succeeds; only `is_valid_number` says no.
#
# Version: phonenumbers 9.0.43 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: numbers with a remark (`+1 212 555 0100 home`): who asks for E.164 and does not ask whether it is valid stores another number.
# Expected: an error, or the number without the remark, as for `x12`. Here: text behind a number keeps it from being converted.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check phonenumbers==9.0.43

cat > show.py <<'END'
import phonenumbers

for text in ("+1 212 555 0100", "+1 212 555 0100 x12", "+1 212 555 0100 (m)", "+1 212 555 0100 home", "+1 212 555 0100 Ada Lovelace"):
    try:
        number = phonenumbers.parse(text)
        print(text, "->", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), phonenumbers.is_valid_number(number))
    except phonenumbers.NumberParseException as error:
        print(text, "->", type(error).__name__)
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
+1 212 555 0100 -> +12125550100 True
+1 212 555 0100 x12 -> +12125550100 True
+1 212 555 0100 (m) -> +12125550100 True
+1 212 555 0100 home -> +121255501004663 False
+1 212 555 0100 Ada Lovelace -> NumberParseException
END
