#!/usr/bin/env bash
# Builds the image of the Dockerfile and runs it on a failing log.
#
#   bash tests/packages/image.sh
#
# The machine is that of the live tests: a Docker daemon of its own in namespaces of its own, where
# nothing can be pulled or downloaded. So the image rust:1-slim is made of this machine's Rust and
# Debian's gcc, and the crates come along with the build's context. The Dockerfile is used as it is.
# WHYFAIL_REC_CACHE is a folder to keep the base image in.
# WHYFAIL_CARGO_CONFIG names a file of further settings for cargo, such as a profile that compiles faster.
# Prints SKIPPED and ends with 77 where it cannot run, but fails with CI=true or
# WHYFAIL_LIVE_REQUIRED=1.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../live/machine.sh"
own=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
started=()
# The largest that the image may be, in bytes.
limit=$((12 << 20))

# The sources as git knows them, with the crates that they need.
make_context() {
  local context=$work/context
  mkdir -p "$context/.cargo"
  git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- -c | tar -C "$context" -x
  # Its settings for cargo are what it prints, unless it is to be quiet.
  (cd "$context" && cargo vendor --locked vendor >.cargo/config.toml 2>"$work/vendor.log") || return
  [ -z "${WHYFAIL_CARGO_CONFIG:-}" ] || cat "$WHYFAIL_CARGO_CONFIG" >>"$context/.cargo/config.toml"
}

if [ "${1:-}" != --inside ]; then
  work=$(mktemp -d)
  trap leave EXIT
  source "$own/common.sh"
  make_context || skip "the crates could not be gathered"
  prepare_machine
  images=${WHYFAIL_REC_CACHE:-$work}/images
  make_images rust:1-slim || skip "the base image could not be made"
  enter_namespace "$own/image.sh" --inside
else
  trap stop_all EXIT
  source "$own/common.sh"
  start_network
  start_dockerd
  import_image rust:1-slim
  start=$SECONDS
  # The daemon has no network, so neither has the build.
  DOCKER_BUILDKIT=1 docker build --progress=plain --network=none -t whyfail "$work/context" >"$work/build.log" 2>&1 ||
    fail "the image can't be built:" "$(tail -n 30 "$work/build.log")"
  say "built in $((SECONDS - start)) s"
  bytes=$(docker image inspect --format '{{.Size}}' whyfail)
  say "$bytes bytes: the image"
  [ "$bytes" -le "$limit" ] || fail "the image has $bytes bytes, more than $limit"
  [ "$(docker image inspect --format '{{len .RootFS.Layers}}' whyfail)" -le 2 ] || fail "the image has more than it needs"

  run=(docker run --rm --network=none)
  # `docker` is a function here, which keeps try_it's clean environment from it.
  clean=("/usr/bin/docker" -H "unix://$work/docker.sock" "${run[@]:1}")
  try_it "docker run -i" "${clean[@]}" -i whyfail
  mkdir -p "$work/logs"
  cp "$log" "$work/logs/build.log"
  status=0
  "${run[@]}" -v "$work/logs:/logs:ro" whyfail build.log >"$work/out" || status=$?
  [ "$status" = 1 ] || fail "a mounted log: exit status $status, not 1"
  diff <(wanted) <(head -n 2 "$work/out") >&2 || fail "a mounted log: the first lines (>) are not those of README.md (<)"
  say "ok: docker run -v"
  # An archive is opened in the image's own folder for temporary files.
  python3 -m zipfile -c "$work/logs.zip" "$work/logs/build.log"
  status=0
  "${run[@]}" -i whyfail <"$work/logs.zip" >"$work/out" || status=$?
  if [ "$status" != 1 ] || ! grep -q 'refuses to serve' "$work/out"; then
    fail "an archive: exit status $status" "$(cat "$work/out")"
  fi
  say "ok: an archive through a pipe"
fi
