#!/usr/bin/env bash
# jq reads an offset from UTC with `%z` and ignores it: `strptime("…%z") | mktime` of midnight in Stockholm is midnight in UTC. A day that its month
# does not have becomes one of the next month. gojq heeds the offset, and moves the day just so.
#
# Version: jq 1.6-2.1 (Debian 12).   Needs: bash, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: times that were written with their offset, sorted or filtered by what `mktime` makes of them.
# Expected: 1577829600; and an error for the 30th of February. Here: no date is moved, and an impossible one is a finding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq jq libjq1 libonig5 gojq 2> apt.log || { cat apt.log; exit 1; }
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$PWD/usr/lib/x86_64-linux-gnu

for program in jq gojq; do
    for text in 2020-01-01T00:00:00+0000 2020-01-01T00:00:00+0200; do
        echo "$program $text" "$(echo "\"$text\"" | usr/bin/$program 'strptime("%Y-%m-%dT%H:%M:%S%z") | mktime')"
    done
    echo "$program 2023-02-30" "$(echo '"2023-02-30"' | usr/bin/$program -r 'strptime("%Y-%m-%d") | mktime | todate')"
done > seen
cat seen
diff seen - <<'END'
jq 2020-01-01T00:00:00+0000 1577836800
jq 2020-01-01T00:00:00+0200 1577836800
jq 2023-02-30 2023-03-02T00:00:00Z
gojq 2020-01-01T00:00:00+0000 1577836800
gojq 2020-01-01T00:00:00+0200 1577829600
gojq 2023-02-30 2023-03-02T00:00:00Z
END
