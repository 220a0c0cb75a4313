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
    # Without the paths of this machine: build records hold stack traces.
    GOFLAGS='-mod=mod -trimpath' nice go build -o "$cache/bin/" "$@"
  ) >"$work/go-tools.log" 2>&1 || { tail -n 5 "$work/go-tools.log" >&2; return 1; }
}

# built PROGRAM: is it there, and without the paths of this machine?
built() { [ -x "$cache/bin/$1" ] && go version -m "$cache/bin/$1" | grep -q -- '-trimpath=true'; }

# All that comes from package registries; done before the network is left.
fetch_all() {
  mkdir -p "$cache/bin"
  local buildkit=github.com/moby/buildkit/cmd
  built buildkitd || build_go_tools bk v0.29.0 $buildkit/buildkitd $buildkit/buildctl
  built buildx || build_go_tools bx v0.33.0 github.com/docker/buildx/cmd/buildx
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

# The same images from registries as a company has them: images.example.org (TLS), private.example.org (TLS, wants
# the fault server's LOGIN), plain.example.org:5000 (no TLS) and internal.example.org (a certificate of its own).
start_more_registries() {
  local entry name address certificate extra
  printf 'reader:%s\n' '$2y$05$whyfailrecorderregistu.mlbepUTTe9YApDfN5b01IXCPDFb5fS' >"$work/htpasswd"
  for entry in "${registry_hosts[@]}"; do
    read -r address name <<<"$entry"
    certificate=$images/certificates/good
    [ "$name" != internal.example.org ] || certificate=$images/certificates/self-signed
    case $name in
      plain.*) extra="http: {addr: \"$address:5000\"}" ;;
      *) extra="http: {addr: \"$address:443\", tls: {certificate: $certificate.crt, key: $certificate.key}}" ;;
    esac
    [[ $name != private.* ]] || extra+=$'\n'"auth: {htpasswd: {realm: Example, path: $work/htpasswd}}"
    printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}}\n%s\n' "$registry" "$extra" >"$work/$name.yml"
    daemon docker-registry serve "$work/$name.yml"
  done
}

# An image that is not for this machine: acme/edge-base:2.1 in every registry.
push_foreign_image() {
  local mark=$registry/foreign.pushed
  [ ! -e "$mark" ] || return 0
  mkdir -p "$work/foreign"
  echo edge >"$work/foreign/release"
  printf 'FROM scratch\nCOPY release /etc/release\n' >"$work/foreign/Dockerfile"
  "$cache/bin/buildctl" --addr "unix://$work/buildkit/bk.sock" build --frontend=dockerfile.v0 --local=context="$work/foreign" \
    --local=dockerfile="$work/foreign" --opt=platform=linux/arm64,linux/s390x \
    --output=type=image,name=127.0.0.1:5000/acme/edge-base:2.1,push=true >"$work/foreign.log" 2>&1 && touch "$mark"
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

# Build records hold the paths of the daemon, its settings and socket, and of the project: a folder
# that tells nothing, seen in this machine alone.
start_neutral_folder() {
  mkdir "$work/neutral"
  mount --bind "$work/neutral" /srv
}

# Git over SSH: git@HOST:team/greet.git on port 22 of the fault server's mode `ssh`, for whoever has the key that the
# agent at /srv/ssh/agent.sock holds (/srv/ssh/reader is its file).
start_ssh() {
  local address key folder=/srv/ssh
  address=$(python3 -B -c "import sys; sys.path.append('$here'); import fault_server; print(fault_server.MODES['ssh'])")
  mkdir -p "$folder" /srv/git/team /run/sshd
  for key in host reader; do ssh-keygen -q -t ed25519 -N '' -C "$key@example.org" -f "$folder/$key"; done
  git clone -q --bare "http://$address/greet.git" /srv/git/team/greet.git
  # A user of this machine alone, who has no password.
  { cat /etc/passwd; echo 'git:*:64999:65534::/srv/git:/usr/bin/git-shell'; } >"$work/passwd"
  mount --bind "$work/passwd" /etc/passwd
  chown -R 64999 /srv/git
  cat >"$folder/sshd_config" <<EOF
ListenAddress $address:22
HostKey $folder/host
AuthorizedKeysFile $folder/reader.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
EOF
  daemon /usr/sbin/sshd -D -e -f "$folder/sshd_config"
  daemon ssh-agent -D -a "$folder/agent.sock"
  wait_for 5 env SSH_AUTH_SOCK="$folder/agent.sock" ssh-add -q "$folder/reader"
}

start_buildkitd() {
  mkdir -p "$work/buildkit"
  cp "$cache/bin/buildkitd" /srv/buildkitd
  cat >/srv/buildkitd.toml <<EOF
root = "$work/buildkit"
[grpc]
  address = ["unix://$work/buildkit/bk.sock", "unix:///srv/bk.sock"]
[worker.oci]
  enabled = true
  networkMode = "host"
  binary = "runc"
  gc = true
  maxUsedSpace = "4GB"
[worker.containerd]
  enabled = false
[registry."docker.io"]
  mirrors = ["127.0.0.1:5000"]
[registry."127.0.0.1:5000"]
  http = true
EOF
  daemon /srv/buildkitd --config /srv/buildkitd.toml --allow-insecure-entitlement network.host
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
  start_neutral_folder
  start_ssh
  start_more_registries
  start_buildkitd
  push_foreign_image
  start_small_cgroups
}

# record ARG…: runs the recorder inside the namespaces.
record() {
  ${enter:-} env PATH="$cache/bin:$PATH:/usr/local/go/bin" work="$work" images="$images" registry="$registry" \
    whyfail_default="${CARGO_TARGET_DIR:-$here/../../target}" python3 -B "$here/record.py" --work "$work" "$@"
}
