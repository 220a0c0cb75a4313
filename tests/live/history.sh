#!/usr/bin/env bash
# The live test of what goes to the build by itself: `whyfail last`, record files, docker's
# plugin and docker's hook, with a current BuildKit and buildx, Debian's docker client and a
# newer one.
#
#   bash tests/live/history.sh [PATH-TO-WHYFAIL]      (default target/release/whyfail)
#
# Needs root and apt; builds BuildKit, buildx and the docker client from source on its first
# run (some five minutes) and keeps them in WHYFAIL_REC_CACHE. Prints SKIPPED and ends with 77
# where it cannot run, but fails with CI=true or WHYFAIL_LIVE_REQUIRED=1.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
source "$here/record_machine.sh"
started=()

# The client with hooks for failures. Its module has no go.mod, so that two modules that it
# needs must be told which version.
fetch_docker_client() {
  [ ! -x "$cache/docker-29/docker" ] || return 0
  say "building a current docker client"
  mkdir -p "$cache/src/docker" "$cache/docker-29"
  (
    cd "$cache/src/docker"
    rm -f go.mod go.sum
    go mod init rec
    pins=(github.com/tonistiigi/go-rosetta@v0.0.0-20220804170347-3f4430f2d346
      google.golang.org/genproto@v0.0.0-20230410155749-daa745c078e1)
    for pin in "${pins[@]}"; do go mod edit -require "$pin"; done
    GOFLAGS=-mod=mod go get -tool github.com/docker/cli/cmd/docker@v29.9.3+incompatible "${pins[@]}"
    GOFLAGS=-mod=mod nice go build -gcflags='github.com/docker/cli/...=-lang=go1.25' \
      -o "$cache/docker-29/" github.com/docker/cli/cmd/docker
  ) >"$work/docker-client.log" 2>&1 || { tail -n 5 "$work/docker-client.log" >&2; return 1; }
}

fetch_buildkit() {
  mkdir -p "$cache/bin"
  local buildkit=github.com/moby/buildkit/cmd
  if [ ! -x "$cache/bin/buildkitd" ]; then
    say "building BuildKit"
    build_go_tools bk v0.29.0 $buildkit/buildkitd $buildkit/buildctl
  fi
  if [ ! -x "$cache/bin/buildx" ]; then
    say "building buildx"
    build_go_tools bx v0.33.0 github.com/docker/buildx/cmd/buildx
  fi
}

if [ "${1:-}" != --inside ]; then
  whyfail=$(realpath -m "${1:-$here/../../target/release/whyfail}")
  [ -x "$whyfail" ] || { say "no whyfail at $whyfail: build it first (cargo build --release)"; exit 2; }
  work=$(mktemp -d)
  trap leave EXIT
  prepare_machine runc docker-registry
  fetch_buildkit || skip "BuildKit and buildx could not be built"
  fetch_docker_client || skip "the docker client could not be built"
  make_images busybox:latest || skip "the base image could not be made"
  enter_namespace "$here/history.sh" --inside "$whyfail"
else
  trap stop_all EXIT
  start_network
  start_dockerd
  start_fault_server
  start_registry
  import_image busybox:latest
  start_buildkitd
  python3 -B "$here/history.py" --work "$work" --cache "$cache" --whyfail "$2"
fi
