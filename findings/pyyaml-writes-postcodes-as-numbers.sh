#!/usr/bin/env bash
# PyYAML puts quotes around a text if it would itself read it as something else. That is by YAML 1.1, in which 08012 is no number, as 8 is no
# octal digit, and 1e3 has no point. Readers of YAML 1.2, which is what most others have been for years, take both for numbers: the postcode
# 08012 becomes 8012, the id 12e03 12000, and 123e4567 infinity. 00501 and 07030 have quotes and survive.
#
# Version: PyYAML 6.0.4, ruamel.yaml 0.19.1 (PyPI), yaml 2.9.1, js-yaml 5.5.0 (npm).   Needs: bash, Python 3 with venv, Node with npm.
# Hurts: postcodes that begin with 08 or 09, and ids of digits with an e among them: some of a list are changed, the others are not.
# Expected: quotes around what any YAML takes for a number. Here: what is written as JSON has quotes around each text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check PyYAML==6.0.4 ruamel.yaml==0.19.1
npm init -y > init.log
npm install --silent --no-fund --no-audit yaml@2.9.1 js-yaml@5.5.0

cat > write.py <<'END'
import yaml

with open("people.yaml", "w") as file:
    yaml.safe_dump(["00501", "07030", "08012", "09116", "12e03", "123e4567", "0o17", "1_000"], file)
END
cat > read.py <<'END'
import ruamel.yaml
import yaml

print("written", " ".join(open("people.yaml").read().split("\n")))
print("PyYAML", yaml.safe_load(open("people.yaml")))
print("ruamel.yaml", ruamel.yaml.YAML(typ="safe").load(open("people.yaml")))
END
cat > read.js <<'END'
const text = require('fs').readFileSync('people.yaml', 'utf8')
console.log('yaml', require('yaml').parse(text).join(' '))
console.log('js-yaml', require('js-yaml').load(text).join(' '))
END
python/bin/python write.py
{ python/bin/python read.py; node read.js; } > seen
cat seen
diff seen - <<'END'
written - '00501' - '07030' - 08012 - 09116 - 12e03 - 123e4567 - 0o17 - '1_000' 
PyYAML ['00501', '07030', '08012', '09116', '12e03', '123e4567', '0o17', '1_000']
ruamel.yaml ['00501', '07030', 8012, 9116, 12000.0, inf, 15, '1_000']
yaml 00501 07030 8012 9116 12000 Infinity 15 1_000
js-yaml 00501 07030 8012 9116 12000 123e4567 15 1_000
END
