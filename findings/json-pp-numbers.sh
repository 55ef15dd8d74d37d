#!/usr/bin/env bash
# Perl's JSON::PP, whose `json_pp` is on every machine that has Perl, keeps an integer of 20 digits and writes one of 30 as a JSON
# string. What is beyond the largest double it writes as `Inf`, which is no JSON: a file goes in that every parser takes, and one comes
# out that most refuse.
#
# Version: libjson-pp-perl 4.16000-1 (Debian 12).   Needs: bash, Perl, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: whoever looks at an export with it, or formats one to compare it.
# Expected: numbers, rounded or not. Here: numbers keep their digits, how many there may be.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq libjson-pp-perl=4.16000-1 2> apt.log || { cat apt.log; exit 1; }
dpkg -x libjson-pp-perl_*.deb .

echo '{"big":12345678901234567890,"bigger":123456789012345678901234567890,"price":1.10,"score":1e400}' |
    PERL5LIB=usr/share/perl5 perl usr/bin/json_pp -json_opt canonical > seen
echo >> seen
cat seen
diff seen - <<'END'
{"big":12345678901234567890,"bigger":"123456789012345678901234567890","price":1.1,"score":Inf}
END
