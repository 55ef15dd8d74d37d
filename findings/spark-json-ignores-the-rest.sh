#!/usr/bin/env bash
# Spark's JSON functions read a value at the beginning of a text and do not look at what follows: `12 Main Street` becomes 12, `true
# story` true, in parse_json as in from_json and get_json_object. What they read into a VARIANT comes back otherwise than it was
# written: 1e400 as the string "Infinity", 39 digits rounded, 1.10 as 1.1, keys in another order. There is no error and no warning;
# `try_parse_json` gives NULL only where the beginning is no JSON.
#
# Version: pyspark 4.3.0 (PyPI).   Needs: bash, Python 3 with venv, Java 17.
# Hurts: who tells JSON from plain text by whether it parses: streets become numbers, ids lose digits.
# Expected: an error, or NULL, for what is no JSON. Here: on every engine a value leaves as a string that holds its text, and this
# program decides what it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyspark==4.3.0 2> said || { cat said; exit 1; }

cat > show.py <<'END'
from pyspark.sql import SparkSession

texts = ["12 Main Street", "true story", '{"a":1} and more', '"gold" leaf', "Main Street 12", "1e400",
         "123456789012345678901234567890123456789", "1.10", '{"b":1,"a":2}']
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
rows = spark.createDataFrame([(at, text) for at, text in enumerate(texts)], "n int, v string").selectExpr(
    "v", "to_json(try_parse_json(v)) p", "to_json(from_json(v, 'variant')) f", "get_json_object(v, '$') g", "n").orderBy("n")
for row in rows.collect():
    print(f"{row.v} -> parse_json {row.p}, from_json {row.f}, get_json_object {row.g}")
END
SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=python/bin/python python/bin/python show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
12 Main Street -> parse_json 12, from_json 12, get_json_object 12
true story -> parse_json true, from_json true, get_json_object true
{"a":1} and more -> parse_json {"a":1}, from_json {"a":1}, get_json_object {"a":1}
"gold" leaf -> parse_json "gold", from_json "gold", get_json_object gold
Main Street 12 -> parse_json None, from_json None, get_json_object None
1e400 -> parse_json "Infinity", from_json "Infinity", get_json_object "Infinity"
123456789012345678901234567890123456789 -> parse_json 1.2345678901234568E38, from_json 1.2345678901234568E38, get_json_object 123456789012345678901234567890123456789
1.10 -> parse_json 1.1, from_json 1.1, get_json_object 1.1
{"b":1,"a":2} -> parse_json {"a":2,"b":1}, from_json {"a":2,"b":1}, get_json_object {"b":1,"a":2}
END
