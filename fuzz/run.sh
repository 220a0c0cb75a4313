#!/usr/bin/env bash
# Runs the fuzz targets, one after the other.
#
#   fuzz/run.sh [SECONDS] [TARGET…]
#
# Each target gets so many seconds of processor time (900 without it); without names all are run. What is found lands in
# fuzz/artifacts/TARGET/: mend it, and keep it as fuzz/seeds/TARGET/found-WHAT, which `cargo test --test properties` tries.
# New inputs land in fuzz/corpus/, which is not kept.
#
# It needs cargo-fuzz (cargo install --locked cargo-fuzz) and a C++ compiler. Stable Rust will do: the targets are built without a
# sanitizer, for there is hardly any code that could break memory. SANITIZER=address uses one, with a nightly toolchain.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=900
case "${1:-}" in
  '' | *[!0-9]*) ;;
  *) seconds=$1; shift ;;
esac
[ $# -gt 0 ] || set -- pipeline reports archive signatures

sanitizer=${SANITIZER:-none}
host=$(rustc -vV | sed -n 's/^host: //p')
programs=${CARGO_TARGET_DIR:-fuzz/target}/$host/release
ticks=$(getconf CLK_TCK)

# used PID: the processor time of a process, in seconds; nothing once it has ended. The name may hold blanks.
used() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk -v ticks="$ticks" '{ print int(($12 + $13) / ticks) }'; }

failed=()
for target in "$@"; do
  [ -f "fuzz/fuzz_targets/$target.rs" ] || { echo "fuzz/run.sh: no target $target" >&2; exit 2; }
  cargo fuzz build --sanitizer "$sanitizer" "$target"
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  printf '== %s, %d s of processor time\n' "$target" "$seconds"
  # An input that takes two minutes, or 2 GB of memory, is found as well; a busy machine makes a short one long. What the checks read is no longer than a seed may be.
  "$programs/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -artifact_prefix="fuzz/artifacts/$target/" \
    -timeout=120 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 &
  fuzzer=$!
  while now=$(used "$fuzzer") && [ -n "$now" ] && [ "$now" -lt "$seconds" ]; do sleep 1; done
  # It says what it did, and ends with 72. Where the signal came in the middle of an allocation it waits for itself, and says no more: what
  # is found ends it before.
  interrupted=''
  ! kill -INT "$fuzzer" 2>/dev/null || interrupted=yes
  for ((waited = 0; waited < 100; waited++)); do
    kill -0 "$fuzzer" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$fuzzer" 2>/dev/null || true
  status=0
  wait "$fuzzer" || status=$?
  [ "$status" = 72 ] || { [ "$status" = 137 ] && [ -n "$interrupted" ]; } || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "fuzz/run.sh: found something in: ${failed[*]} (fuzz/artifacts)" >&2
  exit 1
fi
