#!/usr/bin/env bash
# Transforms one archive of 500,000 made-up profiles with this program, DuckDB, chDB, Node and jq, side by side, gzip in and
# gzip out, once from parts and once from a single file; and what no transform can be faster than. Needs python3 with the
# packages duckdb and chdb, node with npm, and jq; a program that is not there is left out.
# Usage: benches/transform/compare.sh [FOLDER] [PROFILES]
set -euo pipefail
cd "$(dirname "$0")/../.."
here=benches/transform
folder=${1:-$(mktemp -d)}
profiles=${2:-500000}
ours=target/release/segment-to-voucherify

cargo build --release --quiet
cargo bench --quiet --bench floor --no-run
floor=$(ls -t target/release/deps/floor-* | grep -v '\.d$' | head -n 1)
mkdir -p "$folder"
[ -f "$folder/archive/manifest.json" ] || "$ours" sandbox --profiles "$profiles" --write "$folder/archive"
[ -f "$folder/single.ndjson.gz" ] || "$ours" sandbox --profiles "$profiles" --single-file "$folder/single.ndjson.gz"

# Prints name, seconds and peak memory of the better of two runs.
measure() {
    local name=$1 best=
    shift
    for _ in 1 2; do
        /usr/bin/time -o "$folder/time" -f '%e %M' "$@" > /dev/null 2> "$folder/said"
        read -r seconds memory < "$folder/time"
        if [ -z "$best" ] || awk "BEGIN { exit !($seconds < ${best% *}) }"; then best="$seconds $memory"; fi
    done
    printf '%-28s %8.2f s %8d MB\n' "$name" "${best% *}" "$((${best#* } / 1024))"
}

parts=("$folder"/archive/profiles-*.ndjson.gz)
measure "ours, parts" "$ours" transform "$folder/archive" -o "$folder/batches" -q
measure "ours, one file" "$ours" transform "$folder/single.ndjson.gz" -o "$folder/batches-single" -q
if python3 -c 'import duckdb' 2> /dev/null; then
    measure "DuckDB, parts" python3 "$here/duckdb.py" "$folder/duckdb.json.gz" "${parts[@]}"
    measure "DuckDB, one file" python3 "$here/duckdb.py" "$folder/duckdb.json.gz" "$folder/single.ndjson.gz"
fi
if python3 -c 'import chdb' 2> /dev/null; then
    measure "chDB, parts" python3 "$here/chdb.py" "$folder/chdb.json.gz" "${parts[@]}"
    measure "chDB, one file" python3 "$here/chdb.py" "$folder/chdb.json.gz" "$folder/single.ndjson.gz"
fi
measure "floor, parts" "$floor" "${parts[@]}"
if command -v node > /dev/null; then
    [ -d "$folder/node_modules/moment" ] || npm install --silent --prefix "$folder" moment > /dev/null
    measure "Node stream, parts" node "$here/seed.mjs" "$folder/node.json.gz" "${parts[@]}"
fi
if command -v jq > /dev/null; then
    export here folder
    measure "jq, one file" bash -c 'zcat "$folder/single.ndjson.gz" | jq -c -f "$here/seed.jq" | gzip -1 > "$folder/jq.ndjson.gz"'
fi
