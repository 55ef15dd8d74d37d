#!/usr/bin/env bash
# Where `from_json` is asked for a date and finds the text of a whole number, it counts that many days from 1970, or takes it for a year: 28 February
# 1990 in the basic form of ISO 8601 is in December of the year 56454. `from_csv`, `from_xml` and a cast give NULL for that text.
#
# Version: pyspark 4.3.0 (PyPI).   Needs: bash, Python 3 with venv, Java 17.
# Hurts: birthdates without dashes: most databases take the result, and nobody is born in the right millennium.
# Expected: 28 February, or NULL. Here: `19900228` is that day, and a number that is no date is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyspark==4.3.0 2> said || { cat said; exit 1; }

cat > show.py <<'END'
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").getOrCreate()

for text in ("1990-02-28", "19900228", "1990", "123", "7"):
    as_json, as_csv, as_xml = (f"CAST({call} AS string)" for call in (
        f"from_json('{{\"born\":\"{text}\"}}', 'born date').born", f"from_csv('{text}', 'born date').born",
        f"from_xml('<person><born>{text}</born></person>', 'born date').born"))
    row = spark.sql(f"SELECT {as_json}, {as_csv}, {as_xml}, CAST(try_cast('{text}' AS date) AS string)").collect()[0]
    print(text, "-> JSON {}, CSV {}, XML {}, cast {}".format(*row))
END
python/bin/python show.py 2> said > seen
cat seen
diff seen - <<'END'
1990-02-28 -> JSON 1990-02-28, CSV 1990-02-28, XML 1990-02-28, cast 1990-02-28
19900228 -> JSON +56454-12-22, CSV None, XML None, cast None
1990 -> JSON 1990-01-01, CSV 1990-01-01, XML None, cast 1990-01-01
123 -> JSON 1970-05-04, CSV None, XML None, cast None
7 -> JSON 1970-01-08, CSV None, XML None, cast None
END
