# What the recorder needs beyond machine.sh: current BuildKit and buildx, a local registry,
# Debian and Node images. Sourced by record.sh.

cache=${WHYFAIL_REC_CACHE:-/var/cache/whyfail-rec}
images=$cache/images
registry=$cache/registry

# build_go_tools FOLDER MODULE@VERSION PACKAGE…: builds commands that `go install` cannot,
# because their go.mod excludes versions.
build_go_tools() {
  local folder=$cache/src/$1 version=$2 package
  shift 2
  mkdir -p "$folder" "$cache/bin"
  (
    cd "$folder"
    [ -f go.mod ] || go mod init rec
    for package; do GOFLAGS=-mod=mod go get -tool "$package@$version"; done
    GOFLAGS=-mod=mod nice go build -o "$cache/bin/" "$@"
  ) >"$work/go-tools.log" 2>&1 || { tail -n 5 "$work/go-tools.log" >&2; return 1; }
}

# All that comes from package registries; done before the network is left.
fetch_all() {
  mkdir -p "$cache/bin"
  local buildkit=github.com/moby/buildkit/cmd
  [ -x "$cache/bin/buildkitd" ] || build_go_tools bk v0.29.0 $buildkit/buildkitd $buildkit/buildctl
  [ -x "$cache/bin/buildx" ] || build_go_tools bx v0.33.0 github.com/docker/buildx/cmd/buildx
  { make_debs && make_maven_repository; } || say "remedies that install or download something cannot be proved"
  make_images "${all_images[@]}" || say "scenarios that need a missing image will fail"
}

# The registry from which BuildKit 0.29, buildah and podman take the images.
start_registry() {
  mkdir -p "$registry"
  cat >"$work/registry.yml" <<EOF
version: 0.1
storage: {filesystem: {rootdirectory: $registry}}
http: {addr: "127.0.0.1:5000"}
EOF
  daemon docker-registry serve "$work/registry.yml"
  wait_for 10 busybox wget -q -O- http://127.0.0.1:5000/v2/
  cat >"$work/registries.conf" <<'EOF'
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "127.0.0.1:5000"
insecure = true
EOF
}

# push_image NAME TAR: into the registry, whose contents are kept in the cache like the tar files.
push_image() {
  local mark=$registry/${2##*/}.pushed
  [ ! "$mark" -nt "$2" ] || return 0
  docker tag "$1" "127.0.0.1:5000/library/$1"
  docker push -q "127.0.0.1:5000/library/$1" >/dev/null
  docker rmi "127.0.0.1:5000/library/$1" >/dev/null
  touch "$mark"
}

start_buildkitd() {
  mkdir -p "$work/buildkit"
  cat >"$work/buildkitd.toml" <<EOF
root = "$work/buildkit"
[grpc]
  address = ["unix://$work/buildkit/bk.sock"]
[worker.oci]
  enabled = true
  networkMode = "host"
  binary = "runc"
  gc = true
  maxUsedSpace = "8GB"
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["127.0.0.1:5000"]
[registry."127.0.0.1:5000"]
  http = true
EOF
  daemon "$cache/bin/buildkitd" --config "$work/buildkitd.toml" --allow-insecure-entitlement network.host
  wait_for 20 test -S "$work/buildkit/bk.sock"
  BUILDX_CONFIG=$work/buildx "$cache/bin/buildx" create --name bench --driver remote "unix://$work/buildkit/bk.sock" >/dev/null
}

# Control groups with 48 MB of memory, one per slot, for builds with --cgroup-parent=/whyfail-small.
small_cgroups() {
  local slot root=/sys/fs/cgroup
  [ ! -d /sys/fs/cgroup/memory ] || root=/sys/fs/cgroup/memory
  for slot in "$work"/slots/*/; do echo "$root/whyfail-small-$(basename "$work")-$(basename "$slot")"; done
}

start_small_cgroups() {
  local group
  for group in $(small_cgroups); do
    mkdir -p "$group"
    if [ -e "$group/memory.max" ]; then echo 48M >"$group/memory.max"; else echo 48M >"$group/memory.limit_in_bytes"; fi
  done
}

stop_small_cgroups() {
  local group
  for group in $(small_cgroups); do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
}

# The machine for recordings, inside the namespaces: what machine.sh starts, and the rest.
start_all() {
  local slot
  for ((slot = 1; slot <= ${WHYFAIL_REC_SLOTS:-$(nproc)}; slot++)); do mkdir -p "$work/slots/$slot"; done
  start_network
  start_dockerd
  start_fault_server
  start_registry
  start_buildkitd
  start_small_cgroups
}

# record ARG…: runs the recorder inside the namespaces.
record() {
  ${enter:-} env PATH="$cache/bin:$PATH:/usr/local/go/bin" work="$work" images="$images" registry="$registry" \
    whyfail_default="${CARGO_TARGET_DIR:-$here/../../target}" python3 -B "$here/record.py" --work "$work" "$@"
}
