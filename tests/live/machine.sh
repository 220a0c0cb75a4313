# The machine for live builds: packages, a private Docker daemon, base images and the
# fault server. Sourced by run.sh and record.sh; needs root on a Debian-like system.
#
# Everything runs in namespaces of its own (mount, network, process ids), entered by
# `enter_namespace`: the only network interface there is loopback, so that no build can
# reach the outside, no port can clash, and no mount or process can be left behind.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

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

# Installs what the live test needs, or skips.
prepare_machine() {
  [ "$(id -u)" = 0 ] || skip "not root"
  command -v apt-get >/dev/null || skip "no apt-get"
  install_packages docker.io busybox-static util-linux "$@" || skip "packages could not be installed"
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
  export work old_go_root
  unshare --mount --net --pid --fork --kill-child --mount-proc -- bash "$@" &
  inner=$!
  wait "$inner"
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
  busybox ip link set lo up
  # Names that no --add-host defines fail at once: nothing answers there.
  printf 'nameserver 127.0.0.1\n' >"$work/resolv.conf"
  mount --bind "$work/resolv.conf" "$(readlink -f /etc/resolv.conf)"
}

start_dockerd() {
  dockerd --iptables=false --ip-forward=false --bridge=none \
    --data-root "$work/docker" --exec-root "$work/docker-exec" \
    -p "$work/docker.pid" -H "unix://$work/docker.sock" >"$work/dockerd.log" 2>&1 &
  started+=($!)
  wait_for 30 docker version || { tail -n 5 "$work/dockerd.log" >&2; skip "dockerd does not start"; }
}

start_fault_server() {
  python3 -B "$here/fault_server.py" >"$work/faults.log" 2>&1 &
  started+=($!)
  wait_for 10 grep -q ready "$work/faults.log" || { cat "$work/faults.log" >&2; return 1; }
}

# Makes a root with BusyBox in folder $1.
busybox_root() {
  mkdir -p "$1"/{bin,etc,root,tmp,usr/bin,usr/sbin,sbin,var}
  chmod 1777 "$1/tmp"
  cp "$(command -v busybox)" "$1/bin/busybox"
  chroot "$1" /bin/busybox --install -s /bin
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$1/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
}

# go_image TAG GOROOT: an image like the official one, on BusyBox.
go_image() {
  local path=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  local root=$work/go-image library
  cp -a "$work/busybox" "$root"
  mkdir -p "$root"/usr/local/go "$root"/go
  chmod 1777 "$root/go"
  tar -C "$2" --dereference --exclude=testdata -c bin pkg src VERSION $(cd "$2" && ls go.env 2>/dev/null) |
    tar -C "$root/usr/local/go" --mode=u+w -x
  # The go command of some releases is linked dynamically; its loader and libraries come along.
  for library in $(ldd "$2/bin/go" 2>/dev/null | grep -o '/[^ ]*'); do
    install -D "$library" "$root$library"
  done
  tar -C "$root" -c . |
    docker import --change "ENV PATH=$path GOPATH=/go GOTOOLCHAIN=local" --change 'WORKDIR /go' - "$1" >/dev/null
  rm -rf "$root"
}

import_images() {
  busybox_root "$work/busybox"
  tar -C "$work/busybox" -c . | docker import --change 'CMD ["sh"]' - busybox:latest >/dev/null
  go_image golang:1 "$(go env GOROOT)"
  go_image golang:1.20 "$old_go_root"
}

# Ends what was started here, each by its own process id, last first.
stop_all() {
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill "${started[i]}" 2>/dev/null || true
    wait "${started[i]}" 2>/dev/null || true
  done
}
