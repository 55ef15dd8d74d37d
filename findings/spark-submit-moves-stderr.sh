#!/usr/bin/env bash
# What a Python application says on standard error, spark-submit puts on its own standard output, between what the application
# prints there; on standard error come only the lines of the JVM. Run by python itself, the same application keeps the two apart.
#
# Version: pyspark 4.3.0 (PyPI), client mode.   Needs: bash, Python 3 with venv, Java 17.
# Hurts: who pipes the result of a job into a program gets warnings and tracebacks in it; who keeps only standard error of a job
# that failed has everything but the reason.
# Expected: each stream as it was written. Here: whoever runs the job reads both streams for what went wrong, and takes results
# from files.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install -q --disable-pip-version-check pyspark==4.3.0 2> said || { cat said; exit 1; }

cat > job.py <<'END'
import sys

print('{"customers": 3}', flush=True)
print("warning: one was left out", file=sys.stderr, flush=True)
sys.exit(3)
END
home=$(python/bin/python -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
export SPARK_HOME=$home SPARK_LOCAL_IP=127.0.0.1 PYSPARK_PYTHON=$folder/python/bin/python
{
    for way in "$PYSPARK_PYTHON" "$home/bin/spark-submit --master local[1]"; do
        status=0
        $way job.py > out 2> err || status=$?
        name=${way%% *}
        echo "${name##*/} ends with $status"
        sed 's/^/  out: /' out
        grep -e 'warning: one' err | sed 's/^/  err: /' || true
    done
} > seen
cat seen
diff seen - <<'END'
python ends with 3
  out: {"customers": 3}
  err: warning: one was left out
spark-submit ends with 3
  out: {"customers": 3}
  out: warning: one was left out
END
