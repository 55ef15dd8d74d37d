#!/usr/bin/env bash
# abook reads of a long line of a vCard, which is folded over two, the first alone: an email ends where the line did. It leaves out properties with a
# group, as phones write them (`item1.EMAIL`), and keeps the backslashes of escapes in addresses.
#
# Version: abook 0.6.1-2+b1 (Debian 12).   Needs: bash, Debian 12 with its lists of packages (`apt-get update`).
# Hurts: contacts that move from a phone into a list for letters: addresses that belong to nobody, or to somebody else.
# Expected: the whole address, as RFC 2426 says of folded lines. Here: no vCards are read; a long line is one line.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq abook=0.6.1-2+b1 2> apt.log || { cat apt.log; exit 1; }
dpkg -x abook_*.deb .

printf '%s\r\n' 'BEGIN:VCARD' 'VERSION:3.0' 'FN:Ada Lovelace' 'EMAIL;TYPE=internet,work:ada.king-noel.countess.of.lovelace.the.first@exam' ' ple.org' \
  'ADR;TYPE=home:;;1 Main St\, Flat 2;Berlin;;10115;Germany' 'END:VCARD' \
  'BEGIN:VCARD' 'VERSION:3.0' 'FN:Bo Berg' 'item1.EMAIL;TYPE=INTERNET:bo@example.com' 'item1.X-ABLabel:Home' 'END:VCARD' > people.vcf
HOME=$folder usr/bin/abook --convert --informat vcard --infile people.vcf --outformat abook --outfile - | grep -E '^(name|email|address)=' > seen
cat seen
diff seen - <<'END'
name=Ada Lovelace
email=ada.king-noel.countess.of.lovelace.the.first@exam
address=1 Main St\, Flat 2
name=Bo Berg
END
