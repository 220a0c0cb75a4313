#!/usr/bin/env bash
# Makes the packages, installs each into a clean place and runs it there on a failing log.
#
#   bash tests/packages/run.sh [cargo] [wheel] [deb] [completions]      (default: all of them)
#
# All take the release build in the target folder, so that nothing is compiled twice. maturin comes
# by pip, cargo-deb by cargo; both are kept in target/tools. The image has a script of its own,
# image.sh, as it needs a Docker daemon.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/common.sh"
trap 'rm -rf "$work"' EXIT

# `cargo install`, into a folder.
package_cargo() {
  cargo install --locked --quiet --path . --root "$work/cargo"
  try_it "cargo install" "$work/cargo/bin/whyfail"
}

# The wheel, into a fresh environment that asks nobody.
package_wheel() {
  local tools=$target/tools/maturin wheel
  if ! "$tools/bin/maturin" --version >/dev/null 2>&1; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check 'maturin>=1.7,<2'
  fi
  # `linux` says nothing of the C libraries that it runs with: a wheel for everybody is made where these are old.
  "$tools/bin/maturin" build --release --compatibility linux --out "$work/wheel" --quiet
  wheel=$(echo "$work"/wheel/whyfail-*.whl)
  size "$wheel"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-index "$wheel"
  try_it "pip install" "$work/venv/bin/whyfail"
  "$work/venv/bin/pip" show -f whyfail >"$work/shown"
  for file in licenses/LICENSE-MIT licenses/LICENSE-APACHE bin/whyfail; do
    grep -q "/$file\$" "$work/shown" || fail "no $file in the wheel:" "$(cat "$work/shown")"
  done
  "$work/venv/bin/pip" uninstall --quiet --yes whyfail
  [ ! -e "$work/venv/bin/whyfail" ] || fail "pip uninstall leaves the program"
}

# The Debian package, into a root of its own with a package database of its own.
package_deb() {
  local tools=$target/tools/cargo-deb deb root=$work/root file
  if [ ! -x "$tools/bin/cargo-deb" ]; then
    # Without the default features it is built in half the time; they only pack tighter and name debug files.
    CARGO_TARGET_DIR=$work/cargo-deb cargo install --locked --quiet --no-default-features --root "$tools" cargo-deb
    rm -rf "$work/cargo-deb"
  fi
  cargo build --release --locked --quiet
  "$tools/bin/cargo-deb" --no-build --locked --quiet --output "$work/whyfail.deb"
  deb=$work/whyfail.deb
  size "$deb"
  dpkg-deb --info "$deb" | sed -n '/ Package:/,$p'
  mkdir -p "$root/var/lib/dpkg"/{info,updates,triggers}
  touch "$root/var/lib/dpkg/status"
  # What it depends on is on this machine, not in that root.
  dpkg --root="$root" --force-not-root --force-depends --log=/dev/null --install "$deb" >"$work/dpkg.log" 2>&1 ||
    fail "dpkg does not install it:" "$(cat "$work/dpkg.log")"
  dpkg --root="$root" --verify whyfail || fail "a file is not what the package says"
  try_it "dpkg --install" "$root/usr/bin/whyfail"
  for file in man/man1/whyfail.1.gz man/man1/whyfail-run.1.gz bash-completion/completions/whyfail zsh/vendor-completions/_whyfail \
    fish/vendor_completions.d/whyfail.fish doc/whyfail/copyright doc/whyfail/README.md doc/whyfail/LICENSE-APACHE; do
    [ -s "$root/usr/share/$file" ] || fail "no usr/share/$file in the package"
  done
  zcat "$root/usr/share/man/man1/whyfail.1.gz" | cmp - man/whyfail.1
  dpkg --root="$root" --force-not-root --log=/dev/null --purge whyfail >/dev/null
  [ -z "$(find "$root/usr" -type f 2>/dev/null)" ] || fail "dpkg --purge leaves files"
}

# The completions, in the shells that are here; bash is asked by tests/pages.rs.
package_completions() {
  local out
  for shell in zsh fish; do
    command -v $shell >/dev/null || { no "$shell"; continue; }
    case $shell in
      fish) out=$(HOME=$work fish -c 'source completions/whyfail.fish; complete -C "whyfail expl"') ;;
      zsh) out=$(HOME=$work zsh -fc 'fpath=("$PWD/completions" $fpath); autoload -Uz compinit; compinit -D -u; echo "${_comps[whyfail]}"
        autoload +X _whyfail; whence -v _whyfail' ) ;;
    esac
    grep -Eq '^explain|_whyfail is a shell function' <<<"$out" || fail "$shell does not take the completions: $out"
    say "ok: $shell takes the completions"
  done
}

# no PROGRAM: something can't be tried.
no() {
  if [ "${CI:-}" = true ] || [ "${WHYFAIL_PACKAGES_REQUIRED:-}" = 1 ]; then
    fail "no $1 here (a skip is a failure: CI or WHYFAIL_PACKAGES_REQUIRED is set)"
  fi
  say "SKIPPED: no $1 here"
}

[ $# -gt 0 ] || set -- cargo wheel deb completions
for kind; do
  start=$SECONDS
  package_"$kind"
  say "$kind: $((SECONDS - start)) s"
done
