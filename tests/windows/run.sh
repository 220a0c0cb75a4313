#!/usr/bin/env bash
# The test of the Windows program: built for x86_64-pc-windows-gnu and run under Wine.
#
#   bash tests/windows/run.sh
#
# Needs MinGW and Wine (Debian: gcc-mingw-w64-x86-64 wine64) and Rust's standard library for the
# target (rustup target add x86_64-pc-windows-gnu). Where something is missing it prints
# SKIPPED: <why> and ends with 77, or with 1 where CI=true or WHYFAIL_WINDOWS_REQUIRED=1 says
# that it must run. WHYFAIL_EXE names a program that is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
target=x86_64-pc-windows-gnu
folder=${CARGO_TARGET_DIR:-$PWD/target}

say() { printf '%s\n' "$*" >&2; }

skip() {
  echo "SKIPPED: $*"
  if [ "${CI:-}" = true ] || [ "${WHYFAIL_WINDOWS_REQUIRED:-}" = 1 ]; then
    say "a skip is a failure here (CI or WHYFAIL_WINDOWS_REQUIRED is set)"
    exit 1
  fi
  exit 77
}

# Debian's `wine` is a script that asks for 32 bits.
find_wine() {
  local place
  for place in "$(command -v wine64 || true)" /usr/lib/wine/wine64 "$(command -v wine || true)"; do
    [ -x "$place" ] && printf '%s' "$place" && return
  done
  return 1
}

command -v x86_64-w64-mingw32-gcc >/dev/null || skip "no MinGW: apt-get install gcc-mingw-w64-x86-64"
wine=$(find_wine) || skip "no Wine: apt-get install wine64"

# Debian's own Rust brings the sources of the standard library instead of it.
build() {
  local library build_std=()
  library=$(rustc --print sysroot)/lib/rustlib
  if [ ! -d "$library/$target/lib" ]; then
    if command -v rustup >/dev/null && rustup target add $target >/dev/null 2>&1; then
      :
    elif [ -d "$library/src/rust/library/std" ]; then
      export RUSTC_BOOTSTRAP=1
      build_std=(-Zbuild-std=std,panic_abort)
    else
      skip "no standard library for $target: rustup target add $target, or Debian's rust-src (rust-web-src)"
    fi
  fi
  # The fast way: this program is only tried.
  CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo build --release --locked --target $target "${build_std[@]}"
}

exe=${WHYFAIL_EXE:-}
if [ -z "$exe" ]; then
  build
  exe=$folder/$target/release/whyfail.exe
fi
say "$(stat -c %s "$exe") bytes: $exe"

work=$(mktemp -d)
finish() {
  # Wine's server outlives the last program for a while. This ends the one of this folder only.
  "${wine%/*}/wineserver64" -k 2>/dev/null || "${wine%/*}/wineserver" -k 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
export WINEPREFIX=$work/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=;bcryptprimitives=n,b' DISPLAY=
mkdir -p "$work/place/sub folder"
cp "$exe" "$work/place/whyfail.exe"
x86_64-w64-mingw32-gcc -shared -O -s -o "$work/place/bcryptprimitives.dll" tests/windows/process_prng.c -ladvapi32
log=corpus/go/proxy-403/buildkit-0.29.log
cp "$log" "$work/place/sub folder/build.log"
cp corpus/go/proxy-403/powershell-80.log "$work/place/powershell.log"
cp corpus/good/tempting-words/buildkit-0.29.log "$work/place/good.log"
cd "$work/place"

# Nothing of the caller's settings (CI, NO_COLOR …) takes part.
windows() { env -u CI -u GITHUB_ACTIONS -u NO_COLOR -u CLICOLOR_FORCE -u TERM "$wine" "$@"; }

say "starting Wine ($("$wine" --version 2>/dev/null || true))"
windows whyfail.exe --version >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; skip "Wine can't start the program"; }
grep -q '^whyfail [0-9]' "$work/out"

count=0
# check NAME STATUS TEXT [NOT]: how the last program ended, and a text that its output must hold. $got is the status.
check() {
  count=$((count + 1))
  if [ "$got" != "$2" ] || { [ -n "$3" ] && ! grep -qF -- "$3" "$work/out"; } || { [ -n "${4:-}" ] && grep -qF -- "$4" "$work/out"; }; then
    say "FAILED: $1: exit status $got, wanted $2, '$3'${4:+ and no '$4'} in:"
    cat "$work/out" "$work/err" >&2
    exit 1
  fi
  echo "ok: $1"
}

# run ARGUMENT…: whyfail; standard input is the caller's.
run() {
  got=0
  windows whyfail.exe "$@" >"$work/out" 2>"$work/err" || got=$?
}

title='The module proxy proxy.example.org refuses to serve example.com/greet (403)'
escape=$'\033'

run 'sub folder\build.log' </dev/null
check 'a file: the cause, in plain text' 1 "$title" "$escape"
run --color always 'sub folder\build.log' </dev/null
check 'a file: colours on demand' 1 "$escape"
run -f json 'sub folder\build.log' </dev/null
check 'JSON: the path is as the user wrote it' 1 '"name": "sub folder\\build.log"'
python3 - "$work/out" <<'PY'
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
cause = report["results"][0]["causes"][0]
assert cause["signature"] == "go/proxy-forbidden", cause["signature"]
assert cause["evidence"][0]["line"] == 43, cause["evidence"][0]
PY
run good.log </dev/null
check 'a good log' 0 'No failure found'
run 'no such\file.log' </dev/null
mv "$work/err" "$work/out"
check 'a file that is not there' 2 'no such\file.log'

run <'sub folder/build.log'
check 'a pipe: the log passes through, then comes the cause' 1 "$title"
head -c "$(stat -c %s 'sub folder/build.log')" "$work/out" | cmp - 'sub folder/build.log'
run --no-echo <'sub folder/build.log'
check 'a pipe with --no-echo' 1 "$title" '#1 [internal]'

run powershell.log </dev/null
check 'a capture of Windows PowerShell, in UTF-16' 1 "$title"
run -f json powershell.log </dev/null
check 'its encoding' 1 '"encoding": "utf-16le"'
# `2>&1 | ForEach-Object ToString` ends lines with CR and LF.
sed 's/$/\r/; s/^\r$/System.Management.Automation.RemoteException\r/' 'sub folder/build.log' >text.log
run --no-echo <text.log
check 'a pipe of PowerShell, turned into text' 1 "$title" RemoteException

# Tools such as npm are scripts in a folder of PATH, which Wine adds this one to.
mkdir "$work/tools"
printf '@type "sub folder\\build.log"\r\n@exit /b 7\r\n' >"$work/tools/build.cmd"
WINEPATH="Z:${work//\//\\}\tools"
export WINEPATH
run run -- build </dev/null
check 'run: a script is found by its name, its output passes' 7 '403 Forbidden'
grep -qF "$title" "$work/err" || { say "FAILED: run: no report on standard error"; exit 1; }
run run -o json=report.json -- cmd /c 'exit 0' </dev/null
check 'run: a command that succeeds' 0 ''
grep -q '"exit_code": 0' report.json
# Unix keeps a byte of a status: the shell's variable tells what the program ended with.
printf '@whyfail.exe run -- cmd /c exit 256\r\n@echo ended with %%ERRORLEVEL%%\r\n' >wide.cmd
windows cmd /c wide.cmd >"$work/out" 2>"$work/err" </dev/null || true
got=0
check 'run: an exit code of more than a byte' 0 'ended with 256'
run run -- no-such-command </dev/null
mv "$work/err" "$work/out"
check 'run: a command that is not there' 127 'no-such-command: command not found'

run completions powershell </dev/null
check 'completions' 0 'Register-ArgumentCompleter'
DOCKER_CONFIG='Z:'"${work//\//\\}"'\docker' windows whyfail.exe setup docker >"$work/out" 2>"$work/err" </dev/null && got=0 || got=$?
check 'setup docker: the plugin is a copy' 0 'docker-whyfail.exe: copied from'
cmp whyfail.exe "$work/docker/cli-plugins/docker-whyfail.exe"
echo "all $count checks passed"
