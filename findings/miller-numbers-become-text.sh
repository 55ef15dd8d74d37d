#!/usr/bin/env bash
# Miller keeps numbers as they are written, `1.10` and `1E5` too. But a JSON number that does not fit into 64 bits with a sign, or
# is beyond the largest double, comes out as a JSON string, already with `cat`: the value is kept, its type is not.
#
# Version: Miller 6.6.0-2+b3 (Debian 12).   Needs: bash, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: ids of 64 bits without a sign: a column of numbers has text in some rows, and whoever joins or validates it loses those.
# Expected: the number as it was. Here: numbers keep their digits and stay numbers, in metadata, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq miller=6.6.0-2+b3 2> apt.log || { cat apt.log; exit 1; }
dpkg -x miller_*.deb .

cat > people.ndjson <<'END'
{"id": 9223372036854775807, "points": 1.10}
{"id": 9223372036854775808, "points": 1E5}
{"id": 18446744073709551615, "points": 1e400}
END
usr/bin/mlr --ijsonl --ojsonl cat people.ndjson > seen
cat seen
diff seen - <<'END'
{"id": 9223372036854775807, "points": 1.10}
{"id": "9223372036854775808", "points": 1E5}
{"id": "18446744073709551615", "points": "1e400"}
END
