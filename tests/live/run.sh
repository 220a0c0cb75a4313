#!/usr/bin/env bash
# The live test: really failing builds, with the classic builder and with BuildKit, are
# piped into whyfail, and its answer is checked.
#
#   bash tests/live/run.sh [PATH-TO-WHYFAIL]      (default target/release/whyfail)
#
# Needs root and apt; prints SKIPPED and ends with 77 where it cannot run, but fails
# with CI=true or WHYFAIL_LIVE_REQUIRED=1. See README.md.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
started=()

if [ "${1:-}" != --inside ]; then
  whyfail=$(realpath -m "${1:-$here/../../target/release/whyfail}")
  [ -x "$whyfail" ] || { say "no whyfail at $whyfail: build it first (cargo build --release)"; exit 2; }
  work=$(mktemp -d)
  trap leave EXIT
  prepare_machine
  images=$work/images
  make_images busybox:latest golang:1 golang:1.20 || skip "the base images could not be made"
  enter_namespace "$here/run.sh" --inside "$whyfail"
else
  trap stop_all EXIT
  start_network
  start_dockerd
  start_fault_server
  import_images busybox:latest golang:1 golang:1.20
  python3 -B "$here/live.py" --work "$work" --whyfail "$2"
fi
