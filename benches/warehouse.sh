#!/usr/bin/env bash
# How fast `export --warehouse` reads PostgreSQL, held against `psql` copying an equal query into `gzip -1`, and in how much
# memory; says whether the targets are met.
#
#     benches/warehouse.sh [PROFILES] [ROUNDS]     TOOL is a release build; needs Debian's postgresql
#
# A server of its own on loopback, as an ordinary user, with so many profiles (200,000 unless told) of sixteen traits and two
# ids each. Each round runs both, in alternating order; the ratio is the median of those of the rounds.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-200000} rounds=${2:-5}
tool=$(realpath "${TOOL:-target/release/segment-to-voucherify}")
servers=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
work=$(mktemp -d)
chmod 755 "$work"
as_user() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
[ "$(id -u)" != 0 ] || install -d -o postgres -g postgres "$work/server"
mkdir -p "$work/server"
server() { as_user "$servers/pg_ctl" -D "$work/server/data" -s -w "$@"; }
trap 'server stop -m immediate 2> /dev/null || true; rm -rf "$work"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_user "$servers/initdb" -D "$work/server/data" -U owner --auth=trust --encoding=UTF8 --locale=C > /dev/null
server start -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/server" -l "$work/server/log"
psql=(psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U owner -d postgres)
"${psql[@]}" << SQL
CREATE TABLE user_traits AS SELECT id AS canonical_segment_id, name, value, row_number() OVER () AS seq FROM (
    SELECT 'use_' || md5(n::text) AS id, t.name, CASE t.at % 4 WHEN 0 THEN to_json(md5((n * 16 + t.at)::text))::text
        WHEN 1 THEN (n * t.at)::text WHEN 2 THEN '{"city":"K\u00f6ln","street":"' || n || ' Main Street"}' ELSE '"gold ' || n % 7 || '"' END AS value
    FROM generate_series(1, $count) AS n, (SELECT at, 'trait_' || at AS name FROM generate_series(1, 16) AS at) AS t) AS rows;
CREATE TABLE user_identifiers AS SELECT 'use_' || md5(n::text) AS canonical_segment_id, k.type, k.type || '-' || n AS value,
    row_number() OVER () AS seq FROM generate_series(1, $count) AS n, (VALUES ('user_id'), ('anonymous_id')) AS k(type);
CREATE TABLE profile_merges (canonical_segment_id text, segment_id text, seq bigint);
VACUUM ANALYZE;
SQL
"$tool" warehouse postgres > "$work/unload.sql"
export WAREHOUSE_URL=postgres://owner@127.0.0.1:$port/postgres
copied() { "${psql[@]}" -f "$work/unload.sql" | gzip -1 > "$work/copied.gz"; }
exported() { rm -rf "$work/export"; "$tool" export --warehouse --values json -o "$work/export" -q; }
# Prints the seconds of a command.
seconds() { local begun=$EPOCHREALTIME; "$@"; awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN {print b - a}'; }
both() { # ROUND
    if (($1 % 2)); then a=$(seconds copied) && b=$(seconds exported); else b=$(seconds exported) && a=$(seconds copied); fi
}
both 0
profiles=$(zcat "$work/copied.gz" | wc -l)
[ "$profiles" = "$(zcat "$work"/export/profiles-*.gz | wc -l)" ]
echo "$profiles profiles, $(stat -c %s "$work/copied.gz") bytes by psql, $(cat "$work"/export/profiles-*.gz | wc -c) by export"
for ((round = 1; round <= rounds; round++)); do
    both $round
    echo "round $round: psql | gzip -1 $a s, export $b s"
    echo "$a $b" >> "$work/rounds"
done
rm -rf "$work/export"
"$tool" export --warehouse --values json -o "$work/export" -q &
exporter=$!
most=0
# What the kernel keeps as the most of a process, looked at until it ends.
while now=$(awk '/VmHWM/ {print $2}' "/proc/$exporter/status" 2> /dev/null) && [ -n "$now" ]; do most=$now; sleep 0.02; done
wait $exporter
awk '{print $1 / $2}' "$work/rounds" | sort -n | awk -v most="$most" '{r[NR] = $1} END {
    m = NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2
    fast = (m >= 0.9) ? "met   " : "MISSED"
    small = (most < 60 * 1024) ? "met   " : "MISSED"
    printf "%s speed of psql into gzip -1: %.2f of at least 0.9\n", fast, m
    printf "%s memory: %.0f MB, below 60\n", small, most / 1024
    exit (fast small ~ /MISSED/)}'
