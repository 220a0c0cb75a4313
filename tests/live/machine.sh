# The machine for live builds: packages, a private Docker daemon, base images and the
# fault server. Sourced by run.sh and record.sh; needs root on a Debian-like system.
#
# Everything runs in namespaces of its own (mount, network, process ids), entered by
# `enter_namespace`: the only network interface there is loopback, so that no build can
# reach the outside, no port can clash, and no mount or process can be left behind.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

source "$here/images.sh"

say() { printf '%s\n' "$*" >&2; }

# Prints why the live test cannot run here and ends: 77, or 1 where it must run.
skip() {
  echo "SKIPPED: $*"
  if [ "${CI:-}" = true ] || [ "${WHYFAIL_LIVE_REQUIRED:-}" = 1 ]; then
    say "a skip is a failure here (CI or WHYFAIL_LIVE_REQUIRED is set)"
    exit 1
  fi
  exit 77
}

# install_packages NAME…: installs those that are missing; other users of apt are waited for.
install_packages() {
  local missing=() name try
  for name; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q ' installed$' || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  for try in 1 2 3; do
    if DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -y -q \
      --no-install-recommends "${missing[@]}" >"$work/apt.log" 2>&1; then
      return 0
    fi
    apt-get -o DPkg::Lock::Timeout=120 update -q >>"$work/apt.log" 2>&1 || true
  done
  tail -n 5 "$work/apt.log" >&2
  return 1
}

# The registries that serve images (record_machine.sh starts them): open, with a login, without TLS, and with a
# certificate that nobody trusts.
registry_hosts=("192.0.2.1 images.example.org" "192.0.2.2 private.example.org" "192.0.2.3 plain.example.org"
  "192.0.2.4 internal.example.org")

# Installs what the live test needs, or skips.
prepare_machine() {
  [ "$(id -u)" = 0 ] || skip "not root"
  command -v apt-get >/dev/null || skip "no apt-get"
  install_packages docker.io busybox-static util-linux openssl git "$@" || skip "packages could not be installed"
  python3 -c 'import tomllib' 2>/dev/null || install_packages python3 || true
  python3 -c 'import tomllib' 2>/dev/null || skip "python3 3.11 or newer is needed"
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || install_packages golang-go || skip "no Go"
}

# The root of a Go release, fetched through Go's own module proxy.
go_root() { GOENV=off GOTOOLCHAIN="go$1" go env GOROOT; }

# enter_namespace SCRIPT ARG…: runs the script again inside fresh namespaces.
# When it ends, so does every process in there, and its mounts go with it.
enter_namespace() {
  unshare --mount --net --pid --fork true 2>/dev/null || skip "no namespaces here"
  export work images
  unshare --mount --net --pid --fork --kill-child --mount-proc -- bash "$@" &
  inner=$!
  # The first process in there, by which others can enter (nsenter).
  wait_for 5 first_process "$inner"
  wait "$inner"
}

first_process() {
  local found
  found=$(cat "/proc/$1/task/$1/children")
  [ -n "$found" ] && echo "${found%% *}" >"$work/first-process"
}

# The outer script's last act, however it ends. `unshare` ignores the gentle signals while it
# waits; with it, the whole process namespace is killed.
leave() {
  [ -z "${inner:-}" ] || kill -KILL "$inner" 2>/dev/null || true
  wait
  rm -rf "$work"
}

# Docker's own client, as packaged: another `docker` may come first on PATH.
docker() { /usr/bin/docker -H "unix://$work/docker.sock" "$@"; }

# wait_for SECONDS COMMAND…: until the command succeeds.
wait_for() {
  local left=$(($1 * 5))
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.2
  done
}

start_network() {
  local address
  busybox ip link set lo up
  # Container registries have names and addresses that the daemons themselves can look up.
  cat /etc/hosts >"$work/hosts"
  { python3 -B "$here/fault_server.py" --hosts; printf '%s\n' "${registry_hosts[@]}"; } >"$work/registry-hosts"
  cat "$work/registry-hosts" >>"$work/hosts"
  while read -r address _; do
    busybox ip address add "$address/32" dev lo
  done <"$work/registry-hosts"
  mount --bind "$work/hosts" /etc/hosts
  mkdir -p /etc/docker/certs.d
  mount -t tmpfs none /etc/docker/certs.d
  # Names that no --add-host defines fail at once: nothing answers there.
  printf 'nameserver 127.0.0.1\n' >"$work/resolv.conf"
  mount --bind "$work/resolv.conf" "$(readlink -f /etc/resolv.conf)"
}

# daemon COMMAND…: starts one in the background, with nothing of the caller's settings in its environment.
daemon() {
  env -i PATH="$PATH" HOME="$work" LANG=C.UTF-8 SSL_CERT_FILE="$images/certificates/authority.crt" \
    "$@" >"$work/$(basename "$1").log" 2>&1 &
  started+=($!)
}

start_dockerd() {
  daemon dockerd --iptables=false --ip-forward=false --bridge=none \
    --data-root "$work/docker" --exec-root "$work/docker-exec" \
    -p "$work/docker.pid" -H "unix://$work/docker.sock"
  wait_for 30 docker version || { tail -n 5 "$work/dockerd.log" >&2; skip "dockerd does not start"; }
}

start_fault_server() {
  daemon python3 -B "$here/fault_server.py" "$images/certificates"
  wait_for 10 grep -q ready "$work/python3.log" || { cat "$work/python3.log" >&2; return 1; }
}

import_images() {
  local name
  for name; do import_image "$name"; done
}

# Ends what was started here, each by its own process id, last first.
stop_all() {
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill "${started[i]}" 2>/dev/null || true
    wait "${started[i]}" 2>/dev/null || true
  done
}
