#!/usr/bin/env bash
# DataFusion learns the columns of JSON lines from the first thousand of them. If these have integers, what comes after the point is
# cut off in all that follow: 19.99 becomes 19. A text or a boolean in the same place is an error.
#
# Version: datafusion 55.0.0, pyarrow 26.0.1 (PyPI).   Needs: bash, Python 3 with venv.
# Hurts: amounts, where the first people bought nothing yet and have 0.
# Expected: an error, or the number. Here: numbers are text to the last digit, whatever others look like.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check datafusion==55.0.0 pyarrow==26.0.1

cat > show.py <<'END'
import json

from datafusion import SessionContext, col

for rows in (999, 1000):
    for later in (19.99, -0.5, "gold", True):
        with open("people.json", "w") as file:
            file.writelines(json.dumps({"id": id, "spent": 0}) + "\n" for id in range(rows))
            file.write(json.dumps({"id": rows, "spent": later}) + "\n")
        try:
            table = SessionContext().read_json("people.json")
            seen = table.filter(col("id") == rows).to_pylist()[0]["spent"]
        except Exception as error:
            seen = "an error"
        print(f"{rows} rows with 0, then {later!r} -> {seen}")
END
python/bin/python show.py > seen
cat seen
diff seen - <<'END'
999 rows with 0, then 19.99 -> 19.99
999 rows with 0, then -0.5 -> -0.5
999 rows with 0, then 'gold' -> an error
999 rows with 0, then True -> an error
1000 rows with 0, then 19.99 -> 19
1000 rows with 0, then -0.5 -> 0
1000 rows with 0, then 'gold' -> an error
1000 rows with 0, then True -> an error
END
