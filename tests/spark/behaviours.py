"""What Spark does that the printed script and the job rely on, or go round: where one of these no longer holds, they can become
simpler, or have to change.
"""

import os
import re

LONG = "123456789012345678901234567890123456789"


def check(spark, folder):
    def is_(what, got, wanted):
        assert got == wanted, f"{what}:\n  got  {got!r}\n  want {wanted!r}"

    def of(expression, *texts):
        rows = spark.createDataFrame([(text,) for text in texts], "v string").selectExpr(f"{expression} AS found").collect()
        return [row.found for row in rows]

    # Why a value leaves as a string that holds its text, and no function of Spark's judges it.
    texts = ["12 Main Street", "true story", '{"a":1} and more', '"gold" leaf', "null and void"]
    is_("parse_json reads a beginning", of("to_json(try_parse_json(v))", *texts), ["12", "true", '{"a":1}', '"gold"', "null"])
    is_("from_json, too", of("to_json(from_json(v, 'variant'))", *texts), ["12", "true", '{"a":1}', '"gold"', "null"])
    is_("get_json_object, too", of("get_json_object(v, '$')", *texts), ["12", "true", '{"a":1}', "gold", "null"])
    is_("VARIANT rewrites numbers", of("to_json(try_parse_json(v))", "1e400", LONG, "1.10", "-0", "1E5"),
        ['"Infinity"', "1.2345678901234568E38", "1.1", "0", "100000.0"])
    is_("and keys, or refuses all", of("to_json(try_parse_json(v))", '{"b":1,"a":2}', '{"a":1,"a":2}', '{"a":"\\ud83d"}'),
        ['{"a":2,"b":1}', None, None])
    is_("to_json of a text only escapes", of("to_json(struct(v))", "1e5", 'a"\\'), ['{"v":"1e5"}', '{"v":"a\\"\\\\"}'])
    is_("maps keep nulls, structs do not", of("to_json(map('k', v)) || to_json(struct(v))", None), ['{"k":null}{}'])
    try:
        of("map_from_entries(array(struct(v, 1), struct(v, 2)))", "a")
        raise AssertionError("equal keys make no map")
    except Exception as error:
        assert "DUPLICATED_MAP_KEY" in str(error), error
    is_("md5 is that of UTF-8, in hexadecimal", of("md5(v)", "é"), ["66ddcd97cfdeabb2f6fb8a999b4bc76f"])
    is_("trim cuts blanks only", of("trim(v)", "\t a "), ["\t a"])

    # Why the job takes tables from neither JSON nor CSV.
    with open(f"{folder}/keys.json", "w") as file:
        file.write('{"n":1,"Email":"A"}\n{"n":2,"email":"b"}\n')
    rows = spark.read.json(f"{folder}/keys.json").orderBy("n").collect()
    is_("of keys that differ in case one is lost", [row.Email for row in rows], ["A", None])
    with open(f"{folder}/values.csv", "w") as file:
        file.write('1,""\n2,"a ""b"""\n3,"c\nd"\n')  # Quotes doubled, as everybody but Spark writes them.
    rows = [tuple(row) for row in spark.read.csv(f"{folder}/values.csv").collect()]
    is_("CSV loses empty texts and parts lines", rows, [("1", None), ("2", '"a ""b"""'), ("3", "c"), ('d"', None)])
    spark.createDataFrame([("  a ",)], "v string").write.csv(f"{folder}/blanks")
    is_("and is trimmed when it is written", [row[0] for row in spark.read.csv(f"{folder}/blanks").collect()], ["a"])

    # What is in a folder, for the reader of it.
    lines = spark.range(3).selectExpr("CAST(id AS string) AS line", "id")
    lines.repartition(8, "id").select("line").write.text(f"{folder}/three", compression="gzip")
    names = sorted(os.listdir(f"{folder}/three"))
    parts = [name for name in names if re.fullmatch(r"part-\d{5}-[0-9a-f-]{36}-c000\.txt\.gz", name)]
    is_("beside the files", sorted(set(names) - set(parts)), sorted(["._SUCCESS.crc", "_SUCCESS", *[f".{name}.crc" for name in parts]]))
    assert 1 < len(parts) < 8, f"empty partitions write no file: {parts}"
    lines.where("id > 9").repartition(8, "id").select("line").write.text(f"{folder}/none", compression="gzip")
    is_("but the first", [name[:10] for name in os.listdir(f"{folder}/none") if name.startswith("part-")], ["part-00000"])
    is_("a number of partitions is kept", lines.repartition(8, "id").rdd.getNumPartitions(), 8)
    spark.conf.set("spark.sql.shuffle.partitions", "8")
    is_("without one they are merged", lines.repartition("id").rdd.getNumPartitions(), 1)
    spark.conf.unset("spark.sql.shuffle.partitions")
