#!/bin/sh
# Prints the table of the README on the export, measured with a release build; takes two to three minutes.
set -eu
cd "$(dirname "$0")/.."
exec cargo bench --quiet --bench export
