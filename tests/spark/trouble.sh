# Sourced by run: numbers of partitions, and what goes wrong.

# Run twice over the same output: the same bytes, and nothing beside them.
[ -e "$work/job" ] || job all "$work/job" 8 --gather
same all "$work/job/batches"
cp -r "$work/job/batches" "$work/before"
job all "$work/job" 8 --gather
only "$work/job" batches
diff -r -x .lock "$work/before" "$work/job/batches"
passed "run twice: the same bytes"

# One partition, many, and many of which most are empty.
for partitions in 1 64; do
    job all "$work/of-$partitions" $partitions --gather
    same all "$work/of-$partitions/batches"
done
tables few 20
# Nothing at all is an error but of a partition.
tables none 0 --partition 0/1
job few "$work/few" 64 --gather
same few "$work/few/batches"
job none "$work/none" 8 --gather
same none "$work/none/batches"
passed "1 and 64 partitions, 64 of 20 profiles, 8 of none"

# Gathered by hand, as the job says.
job all "$work/by-hand" 8
run=$(echo "$work"/by-hand/run-*)
only "$work/by-hand" partitions.json "${run##*/}"
"$tool" gather "$run"/part-* -o "$work/by-hand/batches" -q
diff -r -x .lock "$work/before" "$work/by-hand/batches"
passed "gathered by hand: the same bytes"

# A program that does something else first: in front of the real one, with its version.
pretend() { # LINES OF BASH
    mkdir -p "$work/pretend"
    printf '#!/bin/bash\n%s\nexec -a segment-to-voucherify %q "$@"\n' "$1" "$tool" > "$work/pretend/segment-to-voucherify"
    chmod +x "$work/pretend/segment-to-voucherify"
    BINARY=$work/pretend/segment-to-voucherify
}
fails() { # STATUS WORDS JOB…
    local status=0
    "${@:3}" 2> /dev/null || status=$?
    [ $status -eq "$1" ] && grep -qF -- "$2" "$work/said" || { echo "exit $status, wanted $1 with '$2'"; cat "$work/said"; return 1; }
}

# A partition whose transform fails: its words are shown, and what was there before stays.
pretend 'case "$*" in *--partition\ 3/8*) [ -t 0 ] || head -c 100000 > /dev/null; echo "invented trouble" >&2; exit 7 ;; esac'
fails 1 "invented trouble" job all "$work/job" 8 --gather
grep -q "transform of partition 3 of 8 ended with 7" "$work/said"
diff -r -x .lock "$work/before" "$work/job/batches"
[ -z "$(ls -A "$work"/job/run-*/ | grep -v '^logs$')" ] && grep -rq "invented trouble" "$work"/job/run-*/logs
rm -r "$work"/job/run-*
passed "a transform that fails is told with its words, and nothing of it counts"

# Whole only on the second attempt.
pretend "case \"\$*\" in *--partition\\ 5/8*) mkdir '$work/pretend/once' 2> /dev/null && exit 9 ;; esac"
job all "$work/retried" 8 --gather
only "$work/retried" batches
diff -r -x .lock "$work/before" "$work/retried/batches"
passed "a partition that is tried again is there once"

# A worker and its executor die in the middle.
pretend 'case "$*" in *--partition*) sleep 1 ;; esac'
job all "$work/killed" 16 --gather 2> /dev/null &
running=$!
until compgen -G "$work/killed/run-*/part-*" > /dev/null; do kill -0 $running; sleep 0.1; done
victim=${started[1]}
ended $(executors "$victim") "$victim"
wait $running || { cat "$work/said"; exit 1; }
grep -q "Lost executor" "$work/said"
only "$work/killed" batches
same all "$work/killed/batches"
worker 3
passed "a worker that is killed in the middle costs nothing"

# Two attempts at one partition at a time: the one that hangs is killed, the other counts.
pretend "case \"\$*\" in *--partition\\ 2/8*) mkdir '$work/pretend/slow' 2> /dev/null && exec sleep 600 ;; esac"
CONF="--conf spark.speculation=true --conf spark.speculation.quantile=0.5 --conf spark.speculation.minTaskRuntime=2s" \
    job all "$work/speculated" 8 --gather
only "$work/speculated" batches
diff -r -x .lock "$work/before" "$work/speculated/batches"
passed "of two attempts at once one counts"

# Mistakes are told before Spark reads anything.
BINARY=$tool
fails 2 "unexpected argument" job all "$work/wrong" 8 -- --no-such-option
fails 2 "takes empty texts for NULL" job all "$work/wrong" 8 --format csv
fails 2 "has no column" job all "$work/wrong" 8 --read "user_traits=$work/all/user_identifiers"
printf '#!/bin/sh\necho segment-to-voucherify 0.0.9\n' > "$work/pretend/segment-to-voucherify"
BINARY=$work/pretend/segment-to-voucherify
fails 2 "0.0.9" job all "$work/wrong" 8
[ ! -e "$work/wrong" ]
passed "mistakes are told, and leave nothing"
