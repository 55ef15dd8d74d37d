#!/usr/bin/env bash
# Babel reads a time that Babel wrote, in the same locale and the same format, and the afternoon becomes the morning: `3:30 p.m.` of Canada
# and Mexico and `오후 3:30` of Korea are 03:30. It looks for `pm` alone, whatever the locale calls it, and takes what is left for no
# matter. Its dates and numbers it reads back in every locale.
#
# Version: babel 2.19.0 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: opening hours, appointments and times of visits in tables that people filled in: each is twelve hours early after noon.
# Expected: 15:30, or an error. Here: no locale reads anything; a time of day stays the text that it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check babel==2.19.0

cat > show.py <<'END'
import datetime

from babel import localedata
from babel.dates import format_time, parse_time

afternoon = datetime.time(15, 30)


def back(locale):
    text = format_time(afternoon, format="short", locale=locale)
    return text, parse_time(text, locale=locale, format="short")


for locale in ("de", "en_US", "en_AU", "en_CA", "es_MX", "es_CO", "ko", "ar_EG"):
    text, time = back(locale)
    print(locale, ascii(text), "->", time)
twelve = [locale for locale in localedata.locale_identifiers() if back(locale)[1] == datetime.time(3, 30)]
print(len(twelve), "of", len(localedata.locale_identifiers()), "locales read 03:30")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
de '15:30' -> 15:30:00
en_US '3:30\u202fPM' -> 15:30:00
en_AU '3:30\u202fpm' -> 15:30:00
en_CA '3:30\u202fp.m.' -> 03:30:00
es_MX '3:30\u202fp.m.' -> 03:30:00
es_CO '3:30\u202fp.\u202fm.' -> 03:30:00
ko '\uc624\ud6c4 3:30' -> 03:30:00
ar_EG '3:30 \u0645' -> 03:30:00
168 of 1147 locales read 03:30
END
