#!/usr/bin/env bash
# A time of day is a moment to Spark, on the day on which it is read: a column of `09:30` that it reads from CSV with `inferSchema`, and such a
# text in JSON or CSV where a timestamp is asked for. Tomorrow the same file holds other values. Among other texts 09:30 stays what it is.
#
# Version: pyspark 4.3.0 (PyPI).   Needs: bash, Python 3 with venv, Java 17.
# Hurts: who compares two readings of one file: hours of delivery, of a shop, of a call have all changed over night.
# Expected: text. Here: a time of day stays the text that it is.
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
    with open("times.csv", "w") as file:
        file.write("\n".join(["time", *cells, ""]))
    frame = spark.read.csv("times.csv", header=True, inferSchema=True)
    today = frame.selectExpr("try_cast(time AS date) = current_date()").collect()
    print(*cells, "->", frame.dtypes[0][1], "of today:", *(row[0] for row in today))


inferred("09:30", "17:00")
inferred("9:30", "2020-01-02")
inferred("09:30", "noon")
for call in ("from_json('{\"v\":\"09:30\"}', 'v timestamp')", "from_csv('09:30', 'v timestamp')"):
    print(call, "of today:", spark.sql(f"SELECT CAST({call}.v AS date) = current_date()").collect()[0][0])
END
python/bin/python show.py 2> said > seen
cat seen
diff seen - <<'END'
09:30 17:00 -> timestamp of today: True True
9:30 2020-01-02 -> timestamp of today: True False
09:30 noon -> string of today: None None
from_json('{"v":"09:30"}', 'v timestamp') of today: True
from_csv('09:30', 'v timestamp') of today: True
END
