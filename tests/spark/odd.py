"""Columns and sessions that are not as usual: the printed script gives the same lines, or ends with an error.

    odd.py SCRIPT
"""

import sys
import tempfile

from behaviours import check
from pyspark.sql import SparkSession

text = open(sys.argv[1]).read()
view = text[text.index("CREATE OR REPLACE TEMPORARY VIEW"):].partition(";\n")[0]
spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "1").config("spark.ui.showConsoleProgress", "false").getOrCreate())
spark.sparkContext.setLogLevel("OFF")
TRAITS = "VALUES ('a', 'k', 'v', 1L) AS t(canonical_segment_id, name, value, seq)"
IDS = "VALUES ('a', 'user_id', 'u1', 1L) AS t(canonical_segment_id, type, value, seq)"
MERGES = "VALUES ('y', 'z', 1L) AS t(canonical_segment_id, segment_id, seq)"
ORDINARY = ['{"segment_id":"a","external_ids":[{"type":"user_id","id":"u1"}],"trait_texts":{"k":"v"}}']


def lines(traits, ids, settings):
    for table, query in [("user_traits", traits), ("user_identifiers", ids), ("profile_merges", f"SELECT * FROM {MERGES}")]:
        spark.sql(query).createOrReplaceTempView(table)
    for name, value in settings.items():
        spark.conf.set(name, value)
    try:
        spark.sql(view)
        return [row.line for row in spark.sql("SELECT line FROM profiles_to_unload ORDER BY id").collect()]
    except Exception as error:  # Its first words are what is looked for.
        return str(error)[:60]
    finally:
        for name in settings:
            spark.conf.unset(name)


def holds(what, wanted, traits=f"SELECT * FROM {TRAITS}", ids=f"SELECT * FROM {IDS}", **settings):
    got = lines(traits, ids, {name.replace("__", "."): value for name, value in settings.items()})
    if wanted not in got if isinstance(wanted, str) else got != wanted:
        sys.exit(f"{what}:\n  got  {got!r}\n  want {wanted!r}")


def trait(value):
    return f"SELECT 'a' AS canonical_segment_id, 'k' AS name, {value} AS value, 1L AS seq"


holds("ordinary", ORDINARY)
holds("collations", ['{"segment_id":"a","external_ids":[{"type":"User_ID","id":"u1"},{"type":"user_id","id":"U1"},'
                     '{"type":"user_id","id":"u1"}],"trait_texts":{"Email":"X","email":"x"}}'],
      "SELECT canonical_segment_id, name COLLATE UTF8_LCASE AS name, value COLLATE UTF8_LCASE AS value, seq FROM "
      "VALUES ('a', 'Email', 'X', 1L), ('a', 'email', 'x', 2L) AS t(canonical_segment_id, name, value, seq)",
      "SELECT canonical_segment_id, type COLLATE UTF8_LCASE AS type, value COLLATE UTF8_LCASE AS value, seq FROM "
      "VALUES ('a', 'user_id', 'U1', 1L), ('a', 'User_ID', 'u1', 0L), ('a', 'user_id', 'u1', 3L) "
      "AS t(canonical_segment_id, type, value, seq)")
holds("ids of profiles with a collation", [
    '{"segment_id":"A","external_ids":[],"trait_texts":{"k":"w"}}',
    '{"segment_id":"a","external_ids":[{"type":"user_id","id":"u1"}],"trait_texts":{"k":"v"}}'],
      "SELECT canonical_segment_id COLLATE UTF8_LCASE AS canonical_segment_id, name, value, seq FROM "
      "VALUES ('a', 'k', 'v', 1L), ('A', 'k', 'w', 2L) AS t(canonical_segment_id, name, value, seq)")
for what, hexadecimal in [("a byte that is no UTF-8", "61FF62"), ("half a surrogate", "EDA080"), ("a text that is cut", "61C3"),
                          ("an overlong zero", "C080"), ("beyond Unicode", "F4908080")]:
    holds(what, "[MALFORMED_CHARACTER_CODING]", trait(f"string(unhex('{hexadecimal}'))"))
    holds(f"{what}, in an id", "[MALFORMED_CHARACTER_CODING]", ids="SELECT 'a' AS canonical_segment_id, 'user_id' AS type, "
          f"string(unhex('{hexadecimal}')) AS value, 1L AS seq")
holds("a zero", [ORDINARY[0].replace('"v"', '"a\\u0000\x7fb"')], trait("string(unhex('61007F62'))"))
holds("capitals", ORDINARY, "SELECT 'a' AS CANONICAL_SEGMENT_ID, 'k' AS NAME, 'v' AS VALUE, 1L AS SEQ")
holds("no tables of rows", [], f"SELECT * FROM {TRAITS} WHERE false", f"SELECT * FROM {IDS} WHERE false")
holds("SQL NULL", [ORDINARY[0].replace('"k":"v"', "")], trait("CAST(NULL AS STRING)"),
      spark__sql__jsonGenerator__ignoreNullFields="false")
for setting, value in [("spark.sql.ansi.enabled", "false"), ("spark.sql.groupByOrdinal", "false"),
                       ("spark.sql.ansi.enforceReservedKeywords", "true"), ("spark.sql.ansi.doubleQuotedIdentifiers", "true"),
                       ("spark.sql.caseSensitive", "true"), ("spark.sql.mapKeyDedupPolicy", "LAST_WIN")]:
    holds(setting, ORDINARY, **{setting.replace(".", "__"): value})
print(f"odd columns and sessions of Spark {spark.version}: as usual, or an error")
with tempfile.TemporaryDirectory() as folder:
    check(spark, folder)
print("Spark does what the script and the job rely on or go round")
