#!/usr/bin/env bash
# How much longer a job on Spark takes than unloading there and transforming here; and how it grows with cores.
#
#     benches/spark.sh [PROFILES] [ROUNDS]     PYTHON has pyspark, pyarrow and pandas; TOOL is a release build
#
# Each round runs all of them one after the other, session start included. Printed: seconds, seconds of CPU (user and system,
# the JVM's included), the largest process of ours beside the JVM, and whether the targets are met; all jobs have to make what
# one machine makes.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-200000} rounds=${2:-3}
python=$(realpath -s "${PYTHON:-target/ci/python/bin/python}")
tool=$(realpath "${TOOL:-target/release/segment-to-voucherify}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SPARK_HOME=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
export SPARK_HOME SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_DIRS=$work/local PYSPARK_PYTHON=$python
if [ -n "${TABLES:-}" ]; then ln -s "$(realpath "$TABLES")" "$work/all"; else
    mkdir "$work/all"
    "$python" tests/spark/tables.py "$work/all" "$count"
fi
cat > "$work/unload.py" << 'END'
import re, sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
for table in ["user_traits", "user_identifiers", "profile_merges"]:
    spark.read.parquet(f"{sys.argv[1]}/{table}").createOrReplaceTempView(table)
for statement in re.sub("(?m)^ *--.*", "", open(sys.argv[2]).read()).split(";\n"):
    if statement.strip():
        spark.sql(statement)
END
submit() { # CORES FILE ARGUMENT…
    "$SPARK_HOME/bin/spark-submit" --master "local[$1]" --driver-memory 2g --conf spark.ui.enabled=false --conf spark.log.level=OFF \
        --conf spark.ui.showConsoleProgress=false --conf spark.sql.shuffle.partitions=8 --conf spark.sql.warehouse.dir="$work/tables" \
        --files "$tool" "${@:2}" > "$work/said" 2>&1 || { cat "$work/said"; return 1; }
}
# The largest resident set of a process by its name, looked at while another one runs.
watch_memory() { # PID
    while kill -0 "$1" 2> /dev/null; do
        ps -eo rss=,args= | awk -v w="$work" '/pyspark.daemon/ {if ($1 > p) p = $1} /^ *[0-9]+ [^ ]*segment-to-voucherify transform/ && index($0, w) {if ($1 > t) t = $1} END {print p + 0, t + 0}'
        sleep 0.2
    done | awk '{if ($1 > p) p = $1; if ($2 > t) t = $2} END {printf "python %.0f MB, transform %.0f MB", p / 1024, t / 1024}'
}
TIMEFORMAT='%R %U %S'
timed() { # NAME COMMAND…
    local seconds
    seconds=$( { time "${@:2}" > "$work/out" 2>&1; } 2>&1) || { cat "$work/out"; return 1; }
    echo "$seconds" | awk -v name="$1" '{printf "%-24s %7.1f s  %7.1f s of CPU\n", name, $1, $2 + $3}' | tee -a "$work/figures"
}
files=(--read "user_traits=$work/all/user_traits" --read "user_identifiers=$work/all/user_identifiers" --read "profile_merges=$work/all/profile_merges")
job() { submit "$1" engines/spark/transform.py "${files[@]}" --output "$work/job-$1" --partitions 8 --values json --gather; }
for ((round = 1; round <= rounds; round++)); do
    echo "round $round"
    rm -rf "$work"/unloaded "$work"/batches "$work"/job-*
    "$tool" warehouse spark --partitions 8 --to "$work/unloaded" > "$work/unload.sql"
    timed "unload, 2 cores" submit 2 "$work/unload.py" "$work/all" "$work/unload.sql"
    timed "transform, 2 cores" "$tool" transform "$work/unloaded" -o "$work/batches" --values json -q
    for cores in 2 1 4; do
        timed "job, $cores at a time" job $cores &
        [ $cores -ne 2 ] || { watch_memory $! > "$work/memory" & }
        wait
    done
    cat "$work/memory"; echo
    grep -o '[0-9]* MB' "$work/memory" >> "$work/megabytes"
    for cores in 2 1 4; do "$python" tests/spark/same.py "$work/batches" "$work/job-$cores/batches"; done
done
# The middle one of the rounds' ratios, and the most memory of all of them.
awk -F'  +' '/^unload/ {u[++n] = $2; uc[n] = $3} /^transform/ {t[n] = $2; tc[n] = $3} /^job, 2/ {j[n] = $2; jc[n] = $3}
    END {for (i = 1; i <= n; i++) print j[i] / (u[i] + t[i]), jc[i] / (uc[i] + tc[i])}' "$work/figures" | sort -n > "$work/ratios"
awk -v most="$(sort -n "$work/megabytes" | tail -n 1 | grep -o '^[0-9]*')" '{r[NR] = $1; c[NR] = $2} END {
    m = r[int((NR + 1) / 2)]
    fast = (m <= 1.35) ? "met   " : "MISSED"
    small = (most < 150) ? "met   " : "MISSED"
    printf "%s job, of unload and transform apart: %.2f of at most 1.35 (of CPU: %.2f)\n", fast, m, c[int((NR + 1) / 2)]
    printf "%s memory beside the JVM: %d MB, below 150\n", small, most
    exit (fast small ~ /MISSED/)}' "$work/ratios"
