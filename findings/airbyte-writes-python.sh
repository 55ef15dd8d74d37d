#!/usr/bin/env bash
# Where a schema asks for a string, the normalization of Airbyte's connectors in Python writes a value as Python shows it: an object becomes
# {'a': 1}, with quotes that are not those of JSON, true becomes True, and null within a list the text None. Where it asks for an integer,
# 1.5 becomes 1 and the text 1_000 a thousand, without the warning that others get.
#
# Version: airbyte-cdk 7.39.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: nested traits that land in a text column: no JSON function of the warehouse can read them. Points lose their fraction.
# Expected: JSON, and an error. Here: what is nested is written as JSON, and what does not fit is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check airbyte-cdk==7.39.1

cat > show.py <<'END'
import json

from airbyte_cdk.sources.utils.transform import TransformConfig, TypeTransformer

transformer = TypeTransformer(TransformConfig.DefaultSchemaNormalization)
for kind, text in (
    ("string", '{"a": null, "b": "it\'s"}'), ("string", "[1, true, null]"), ("string", "true"), ("string", "1e21"), ("strings", '["gold", null, 7]'),
    ("integer", "1.5"), ("integer", '"1_000"'), ("integer", "true"),
):
    record = {"value": json.loads(text)}
    schema = {"type": ["null", "array"], "items": {"type": "string"}} if kind == "strings" else {"type": ["null", kind]}
    transformer.transform(record, {"type": "object", "properties": {"value": schema}})
    value = record["value"]
    try:
        same = json.loads(value) == json.loads(text) if kind == "string" else value == json.loads(text)
    except (ValueError, TypeError):
        same = "no JSON"
    print(f"{kind}: {text} -> {value!r} ({same})")
END
python/bin/python -W ignore show.py > seen 2> said || { cat said; exit 1; }
cat seen
diff seen - <<'END'
string: {"a": null, "b": "it's"} -> '{\'a\': None, \'b\': "it\'s"}' (no JSON)
string: [1, true, null] -> '[1, True, None]' (no JSON)
string: true -> 'True' (no JSON)
string: 1e21 -> '1e+21' (True)
strings: ["gold", null, 7] -> ['gold', 'None', '7'] (False)
integer: 1.5 -> 1 (False)
integer: "1_000" -> 1000 (False)
integer: true -> 1 (True)
END
