#!/usr/bin/env bash
# phone gives E.164 numbers that belong to others, and says that they are valid: in Germany it puts +49 in front of 0046..., the way to dial Sweden,
# takes the zero from Italian numbers of houses, which keep it, and leaves the 15 in Argentinian ones, which is for calls within the country alone.
#
# Version: phone 3.1.72, google-libphonenumber 3.2.47 (npm).   Needs: bash, Node 20 or later with npm.
# Hurts: whoever sends texts to customers, or joins them by phone: the message goes to a stranger, or to nobody.
# Expected: what google-libphonenumber says. Here: a number is taken only with its country's code.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > init.log
npm install --silent --no-fund --no-audit phone@3.1.72 google-libphonenumber@3.2.47
cat > show.cjs <<'END'
const { phone } = require('phone')
const { PhoneNumberFormat, PhoneNumberUtil } = require('google-libphonenumber')

const google = PhoneNumberUtil.getInstance()
for (const [text, country] of [
  ['030 23125017', 'DE'],
  ['0046 70 174 06 05', 'DE'],
  ['00 1 212 555 0100', 'DE'],
  ['06 1234 5678', 'IT'],
  ['011 15-2345-6789', 'AR'],
]) {
  const { isValid, phoneNumber } = phone(text, { country, validateMobilePrefix: false })
  console.log(`${text}, ${country} -> phone ${phoneNumber} ${isValid ? 'valid' : 'invalid'}, google ${google.format(google.parse(text, country), PhoneNumberFormat.E164)}`)
}
END
node show.cjs > seen
cat seen
diff seen - <<'END'
030 23125017, DE -> phone +493023125017 valid, google +493023125017
0046 70 174 06 05, DE -> phone +4946701740605 valid, google +46701740605
00 1 212 555 0100, DE -> phone +4912125550100 valid, google +12125550100
06 1234 5678, IT -> phone +39612345678 valid, google +390612345678
011 15-2345-6789, AR -> phone +54111523456789 valid, google +5491123456789
END
