#!/usr/bin/env bash
# Records the logs of corpus/ anew, and proves the remedies: every scenario, with every builder
# that suits it.
#
#   bash tests/live/record.sh [--builders NAME,NAME] [--no-verify | --verify-only] [SCENARIO…]
#
#   --serve     starts the machine and keeps it until it is told to stop; the recordings of all who
#               share the cache then run in it, which saves them the start
#   --own …     records in a machine of its own all the same: after a change to the fault server or the images
#   --stop      ends it;   --shell: a shell in it;   --images: only makes what is missing in the cache
#
# for instance   record.sh --builders classic,buildkit-0.8 go/
# Look at the diff of every log before it is committed. Tools built from source and
# base images are kept in WHYFAIL_REC_CACHE (default /var/cache/whyfail-rec). See README.md.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
source "$here/record_machine.sh"
started=()
server=$cache/server # the lock of the shared machine, and where it lives

prepare_all() {
  prepare_machine runc docker-registry buildah podman uidmap debootstrap gnupg openssh-server
  fetch_all
}

# Is a shared machine ready? It holds the lock as long as it lives.
served() {
  [ -f "$server/ready" ] && ! flock -n "$server/lock" true
}

# inside COMMAND…: runs it in the namespaces of the shared machine.
inside() {
  nsenter --target "$(cat "$work/first-process")" --mount --net --pid -- "$@"
}

case ${1:-} in
  --serve)
    mkdir -p "$server"
    exec 9>>"$server/lock"
    flock -n 9 || { say "a shared machine is running already, or being started"; exit 1; }
    rm -f "$server/ready"
    work=$(mktemp -d)
    trap 'rm -f "$server/ready"; leave' EXIT
    trap 'exit 0' INT TERM
    prepare_all
    echo "$work" >"$server/work"
    echo $$ >"$server/process"
    enter_namespace "$here/record.sh" --inside-serve
    ;;
  --inside-serve)
    exec 9>&- # the lock is the outer process's alone
    trap 'stop_all; stop_small_cgroups' EXIT
    start_all
    touch "$server/ready"
    say "ready: record.sh SCENARIO… runs in this machine now, and record.sh --stop ends it"
    sleep infinity &
    wait $!
    ;;
  --inside)
    shift
    trap 'stop_all; stop_small_cgroups' EXIT
    start_all
    record "$@"
    ;;
  --stop)
    served || { say "no shared machine is running"; exit 1; }
    kill "$(cat "$server/process")"
    flock -w 30 "$server/lock" true
    ;;
  --shell)
    served || { say "no shared machine is running: record.sh --serve starts one"; exit 1; }
    work=$(cat "$server/work")
    PATH=$cache/bin:$PATH work=$work DOCKER_HOST=unix://$work/docker.sock BUILDX_CONFIG=$work/buildx \
      BUILDKIT_HOST=unix://$work/buildkit/bk.sock inside bash
    ;;
  --images)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    prepare_all
    ;;
  *)
    own=no
    [ "${1:-}" != --own ] || { own=yes; shift; }
    if [ "$own" = no ] && served; then
      work=$(cat "$server/work")
      enter=inside
      record "$@"
    else
      work=$(mktemp -d)
      trap leave EXIT
      prepare_all
      enter_namespace "$here/record.sh" --inside "$@"
    fi
    ;;
esac
