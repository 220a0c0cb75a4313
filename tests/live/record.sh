#!/usr/bin/env bash
# Records the logs of corpus/ anew: every scenario, with every builder that suits it.
#
#   bash tests/live/record.sh [--builders NAME,NAME] [SCENARIO…]
#
# for instance   record.sh --builders classic,buildkit-0.8 go/
# Look at the diff of every log before it is committed. Tools built from source and
# base images are kept in WHYFAIL_REC_CACHE (default /var/cache/whyfail-rec).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
source "$here/record_machine.sh"
started=()

if [ "${1:-}" != --inside ]; then
  work=$(mktemp -d)
  trap leave EXIT
  prepare_machine runc docker-registry buildah podman uidmap debootstrap
  fetch_all
  enter_namespace "$here/record.sh" --inside "$@"
else
  shift
  trap stop_all EXIT
  start_network
  start_dockerd
  start_fault_server
  import_images
  import_more_images
  start_registry
  start_buildkitd
  trap 'stop_all; stop_small_cgroup' EXIT
  start_small_cgroup
  PATH=$cache/bin:$PATH python3 -B "$here/record.py" --work "$work" "$@"
fi
