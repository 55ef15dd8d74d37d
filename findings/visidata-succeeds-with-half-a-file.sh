#!/usr/bin/env bash
# When VisiData cannot write a row, as one with half of a surrogate pair, which JSON's grammar allows and cut text leaves behind, its
# batch mode names the error on the standard error, leaves a file that ends before that row, and exits with 0. To JSON it writes the
# same row without ado.
#
# Version: visidata 3.4 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: pipelines, which look at the exit code and go on with part of the people.
# Expected: a failure, or the rows. Here: half a character becomes U+FFFD and a finding; what fails does not exit with 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check visidata==3.4
export HOME=$folder

cat > people.jsonl <<'END'
{"id": 1, "name": "Bo"}
{"id": 2, "name": "Ada \ud83d"}
{"id": 3, "name": "Cy"}
END
{
    python/bin/vd -b people.jsonl -o people.csv 2> errors && echo "exit $?" || echo "exit $?"
    tr -d '\r' < people.csv
    grep -o UnicodeEncodeError errors | sort -u
    python/bin/vd -b people.jsonl -o again.jsonl && cat again.jsonl
} > seen
cat seen
diff seen - <<'END'
exit 0
id,name
1,Bo
UnicodeEncodeError
{"id": 1, "name": "Bo"}
{"id": 2, "name": "Ada \ud83d"}
{"id": 3, "name": "Cy"}
END
