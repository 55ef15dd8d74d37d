#!/usr/bin/env bash
# With `inferSchema`, Spark reads what Java takes for a number: the seats 12D and 7F are 12.0 and 7.0, as D and F are the endings of double and float
# there. Where a decimal is asked for, it removes commas, so that 1,5 is 15.00, from JSON as from CSV; where a double is, it gives NULL.
#
# Version: pyspark 4.3.0 (PyPI).   Needs: bash, Python 3 with venv, Java 17.
# Hurts: codes of one letter behind digits: 12D and 12F become the same. Ten times the points of whoever writes a comma.
# Expected: text, and NULL. Here: a text becomes a number only where it is one as JSON has it; what is not is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyspark==4.3.0 2> said || { cat said; exit 1; }

cat > show.py <<'END'
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").getOrCreate()


def inferred(*cells):
    with open("cells.csv", "w") as file:
        file.write("\n".join(["cell", *cells, ""]))
    frame = spark.read.csv("cells.csv", header=True, inferSchema=True)
    print(*cells, "->", frame.dtypes[0][1], *(row[0] for row in frame.collect()))


inferred("12D", "12F", "7")
inferred("12C", "12F", "7")
inferred("12L", "7L")
for kind in ("decimal(10,2)", "double"):
    for call in (f"from_json('{{\"v\":\"1,5\"}}', 'v {kind}')", f"from_csv('\"1,5\"', 'v {kind}')"):
        print(call, "->", spark.sql(f"SELECT {call}.v").collect()[0][0])
END
python/bin/python show.py 2> said > seen
cat seen
diff seen - <<'END'
12D 12F 7 -> double 12.0 12.0 7.0
12C 12F 7 -> string 12C 12F 7
12L 7L -> string 12L 7L
from_json('{"v":"1,5"}', 'v decimal(10,2)') -> 15.00
from_csv('"1,5"', 'v decimal(10,2)') -> 15.00
from_json('{"v":"1,5"}', 'v double') -> None
from_csv('"1,5"', 'v double') -> None
END
