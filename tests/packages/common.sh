# shellcheck shell=bash disable=SC2154
# What the tests of packages share: a folder to work in, and what an installed program must do. Sourced.

cd "$here/../.." || exit
target=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR=$target
log=$PWD/corpus/go/proxy-403/buildkit-0.29.log

say() { printf '%s\n' "$*" >&2; }
fail() { printf 'FAILED: %s\n' "$@" >&2; exit 1; }
size() { say "$(stat -c %s "$1") bytes: ${1##*/}"; }

work=${work:-$(mktemp -d)}

# The first lines of the README's screen, which is about the same log.
wanted() { sed -n '/^```text$/,/^```$/p' README.md | sed 1d | head -n 2; }

# try_it NAME PROGRAM [ARGUMENT…]: pipes the log into the program, in an empty folder and without any of the
# caller's settings, and compares the exit status and the first lines.
try_it() {
  local name=$1 status=0
  shift
  mkdir -p "$work/home"
  (cd "$work/home" && env -i HOME="$work/home" PATH=/usr/bin:/bin "$@" --no-echo <"$log" >"$work/out" 2>"$work/err") || status=$?
  [ "$status" = 1 ] || fail "$name: exit status $status, not 1" "$(cat "$work/out" "$work/err")"
  diff <(wanted) <(head -n 2 "$work/out") >&2 || fail "$name: the first lines (>) are not those of README.md (<)"
  [ ! -s "$work/err" ] || fail "$name: words on standard error: $(cat "$work/err")"
  case $1 in "$work"/*) size "$1" ;; esac
  say "ok: $name: $(sed -n 2p "$work/out")"
}
