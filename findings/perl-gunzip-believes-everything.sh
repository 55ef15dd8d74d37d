#!/usr/bin/env bash
# `gunzip` of Perl's IO::Uncompress::Gunzip gives, unless told otherwise, the first member of a file and says that all went well: also where its
# checksum or its length is wrong, where more members follow, and where no gzip follows. `Strict` and `MultiStream` are off.
#
# Version: IO::Compress 2.106 of Perl 5.36 (Debian 12).   Needs: bash, Perl 5, gzip.
# Hurts: archives that were damaged or joined: wrong and missing rows with a success.
# Expected: an error, as gzip gives one. Here: checksums are checked, and all members are read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

seq 1 1000 | gzip -n > whole.gz
cat whole.gz whole.gz > two.gz
{ cat whole.gz; echo junk; } > junk.gz
perl -0777 -pe 'substr($_, -8, 1) ^= "\x01"' whole.gz > checksum.gz
perl -0777 -pe 'substr($_, -4, 1) ^= "\x01"' whole.gz > length.gz
perl -0777 -pe '$_ = substr($_, 0, 1000)' whole.gz > cut.gz
for name in whole two junk checksum length cut; do
    status=0
    perl -MIO::Uncompress::Gunzip=gunzip -e 'gunzip $ARGV[0] => "-" or exit 1' $name.gz > perl.txt || status=$?
    other=0
    gzip -dc $name.gz > gzip.txt 2> /dev/null || other=$?
    echo "$name: Perl $status, $(wc -l < perl.txt) lines; gzip $other, $(wc -l < gzip.txt) lines"
done > seen
cat seen
diff seen - <<'END'
whole: Perl 0, 1000 lines; gzip 0, 1000 lines
two: Perl 0, 1000 lines; gzip 0, 2000 lines
junk: Perl 0, 1000 lines; gzip 2, 1000 lines
checksum: Perl 0, 1000 lines; gzip 1, 1000 lines
length: Perl 0, 1000 lines; gzip 1, 1000 lines
cut: Perl 1, 539 lines; gzip 1, 539 lines
END
