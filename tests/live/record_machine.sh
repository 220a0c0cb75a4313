# What the recorder needs beyond machine.sh: current BuildKit and buildx, a local registry,
# Debian and Node images. Sourced by record.sh.

cache=${WHYFAIL_REC_CACHE:-/var/cache/whyfail-rec}

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

# A Debian root with Python and pip, from the machine's own mirror, which is not kept in it.
debian_root() {
  local mirror root=$work/debian
  mirror=$(python3 - <<'PY'
import glob, re
text = "\n".join(open(p).read() for p in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))] if glob.glob(p))
print(next(url for url in re.findall(r"https?://\S+", re.sub(r"(?m)^#.*", "", text)) if re.search(r"/debian/?$", url)))
PY
  )
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-pip bookworm "$root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 5 "$work/debootstrap.log" >&2; return 1; }
  echo 'deb http://deb.example.org/debian bookworm main' >"$root/etc/apt/sources.list"
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/etc/{resolv.conf,hostname}
  tar -C "$root" -cf "$cache/debian.tar.part" .
  mv "$cache/debian.tar.part" "$cache/debian.tar"
  rm -rf "$root"
}

# All that comes from package registries; done before the network is left.
fetch_all() {
  mkdir -p "$cache/bin"
  local buildkit=github.com/moby/buildkit/cmd
  [ -x "$cache/bin/buildkitd" ] || build_go_tools bk v0.29.0 $buildkit/buildkitd $buildkit/buildctl
  [ -x "$cache/bin/buildx" ] || build_go_tools bx v0.33.0 github.com/docker/buildx/cmd/buildx
  [ -f "$cache/debian.tar" ] || debian_root
  old_go_root=$(go_root 1.20.14)
  go122_root=$(go_root 1.22.12)
  export go122_root
}

import_more_images() {
  local node
  go_image golang:1.22 "$go122_root"
  docker import --change 'CMD ["bash"]' "$cache/debian.tar" debian:bookworm >/dev/null
  node=$(readlink -f "$(command -v node || true)")
  [ -n "$node" ] || return 0
  mkdir -p "$work/node/bin" "$work/node/lib/node_modules"
  cp "$node" "$work/node/bin/node"
  cp -r "$(npm root -g)/npm" "$work/node/lib/node_modules/"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/node/bin/npm"
  printf 'FROM debian:bookworm\nCOPY . /usr/local/\nCMD ["node"]\n' |
    DOCKER_BUILDKIT=1 docker build -q -t node:20 -f - "$work/node" >/dev/null 2>&1
}

# The registry from which BuildKit 0.29, buildah and podman take the images.
start_registry() {
  local image
  cat >"$work/registry.yml" <<EOF
version: 0.1
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "127.0.0.1:5000"}
EOF
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  started+=($!)
  wait_for 10 busybox wget -q -O- http://127.0.0.1:5000/v2/
  for image in $(docker images --format '{{.Repository}}:{{.Tag}}'); do
    docker tag "$image" "127.0.0.1:5000/library/$image"
    docker push -q "127.0.0.1:5000/library/$image" >/dev/null
    docker rmi "127.0.0.1:5000/library/$image" >/dev/null
  done
  cat >"$work/registries.conf" <<'EOF'
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "127.0.0.1:5000"
insecure = true
EOF
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
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["127.0.0.1:5000"]
[registry."127.0.0.1:5000"]
  http = true
EOF
  "$cache/bin/buildkitd" --config "$work/buildkitd.toml" --allow-insecure-entitlement network.host >"$work/buildkitd.log" 2>&1 &
  started+=($!)
  wait_for 20 test -S "$work/buildkit/bk.sock"
  BUILDX_CONFIG=$work/buildx "$cache/bin/buildx" create --name bench --driver remote "unix://$work/buildkit/bk.sock" >/dev/null
}

# A control group with 48 MB of memory, for builds with --cgroup-parent=/whyfail-small.
start_small_cgroup() {
  small_cgroup=/sys/fs/cgroup/memory/whyfail-small
  if [ -d /sys/fs/cgroup/memory ]; then
    mkdir -p "$small_cgroup"
    echo 48M >"$small_cgroup/memory.limit_in_bytes"
  else
    small_cgroup=/sys/fs/cgroup/whyfail-small
    mkdir -p "$small_cgroup"
    echo 48M >"$small_cgroup/memory.max"
  fi
}

stop_small_cgroup() { find "$small_cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true; }
