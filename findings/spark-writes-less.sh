#!/usr/bin/env bash
# What Spark keeps in microseconds it writes in milliseconds, to JSON and CSV alike, and what is behind them is gone. To CSV it writes texts without
# the blanks around them, which it leaves alone when it reads.
#
# Version: pyspark 4.3.0 (PyPI).   Needs: bash, Python 3 with venv, Java 17.
# Hurts: who looks for changes by the time of the last one: each row is older than its source says. Ids and passwords with a blank.
# Expected: what was there. Here: what Segment gives is kept as text, and a blank is a character.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyspark==4.3.0 2> said || { cat said; exit 1; }

cat > show.py <<'END'
from pyspark.sql import SparkSession

spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").getOrCreate()

row = "named_struct('id', ' use_1 ', 'updated', TIMESTAMP '2020-01-02 10:00:00.123456')"
for call in (f"to_json({row})", f"to_csv({row})", f"CAST({row} AS string)", "from_csv(' use_1 ,7', 'id string, n int').id"):
    print(repr(spark.sql(f"SELECT {call}").collect()[0][0]))
END
python/bin/python show.py 2> said > seen
cat seen
diff seen - <<'END'
'{"id":" use_1 ","updated":"2020-01-02T10:00:00.123Z"}'
'use_1,2020-01-02T10:00:00.123Z'
'{ use_1 , 2020-01-02 10:00:00.123456}'
' use_1 '
END
