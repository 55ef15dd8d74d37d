#!/usr/bin/env bash
# What takes too long to run before every change: a command a line, each with how long it takes on two cores. A release goes
# through all of it.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; "$@"; }

step tests/faults/run 40            # 40 minutes
step tests/spark/run whole          # on a machine that does nothing else; needs what .ci/run installs
