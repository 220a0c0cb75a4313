#!/usr/bin/env bash
# Measures whyfail, and side by side with it, in the same run, whatever is installed of grep, rg and other diagnosers of
# logs; prints one table (Markdown) with what is to be reached.
#
#   benches/compare.sh [OPTIONS]
#
#   --whyfail BIN   the program to measure         (target/release/whyfail; `cargo build --release`)
#   --dir DIR       where the logs are made and kept (a temporary folder that is removed)
#   --size N        bytes of the big passing log, or with K, M, G (1G); the others are made smaller in proportion
#   --runs N        runs of each command; the median counts (5)
#   --only ROW      only this row; may be repeated: scan github dialects pipe rg peers failing hostile utf16 ci start
#                   memory literals binary real
#   --real FILE     measure also a log of your own, such as that of `go build -x -a std`
#   --processor-time   judge by processor time (user and system) in place of wall time: for a machine that is busy
#   --ten           build a whyfail with ten times the signatures for the row "literals" (some minutes)
#   --big           send 10 GB through a pipe for the row "memory" (some minutes)
#
# `cargo build --release --examples` makes the helpers that it needs. Times are wall times; processor time (user and
# system), which other work on the machine disturbs less, stands beside them. MB are 10^6 bytes.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}/release
whyfail=$target/whyfail
kit=$target/examples
size=1G runs=5 dir='' real='' ten='' big='' by_cpu=''
only=()
# A peer that needs longer than this for one log is stopped.
limit=60

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }
fail() { printf 'compare.sh: %s\n' "$*" >&2; exit 2; }

while [ $# -gt 0 ]; do
  case $1 in
    --whyfail | --dir | --size | --runs | --only | --real)
      [ $# -ge 2 ] || fail "$1 needs a value"
      case $1 in
        --whyfail) whyfail=$2 ;;
        --dir) dir=$2 ;;
        --size) size=$2 ;;
        --runs) runs=$2 ;;
        --only) only+=("$2") ;;
        --real) real=$(realpath "$2") ;;
      esac
      shift 2
      ;;
    --ten) ten=yes && shift ;;
    --big) big=yes && shift ;;
    --processor-time) by_cpu=yes && shift ;;
    -h | --help) usage && exit 0 ;;
    *) fail "unknown option: $1 (see --help)" ;;
  esac
done

[ -x "$whyfail" ] || fail "no program $whyfail: cargo build --release"
whyfail=$(realpath "$whyfail")
kit=$(realpath -m "$kit")
for helper in make_logs literals scan_alone; do
  [ -x "$kit/$helper" ] || fail "no $kit/$helper: cargo build --release --examples"
done
[[ $size =~ ^[0-9]+[KMG]?$ ]] || fail "--size $size: a number of bytes, or with K, M or G"
[[ $runs =~ ^[1-9][0-9]*$ ]] || fail "--runs $runs: a number of at least 1"
bytes=$(numfmt --from=iec "$size")
if [ -z "$dir" ]; then
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
fi
mkdir -p "$dir"
dir=$(realpath "$dir")
cd "$dir"
# No signatures of the user's own.
export XDG_CONFIG_HOME=$dir/config

# --- measuring --------------------------------------------------------------------------------

# calc EXPRESSION: awk's arithmetic, three decimals at most.
calc() { awk "BEGIN { printf \"%.4g\", $* }"; }
holds() { awk "BEGIN { exit !($*) }"; }

# measure COMMAND…: a shell command line; sets `wall` (median) and `cpu` (mean), in seconds. Its exit status does not matter.
measure() {
  local command=$* times=$dir/times.csv
  if command -v hyperfine >/dev/null; then
    hyperfine --ignore-failure --warmup 1 --runs "$((runs < 2 ? 2 : runs))" --export-csv "$times" --style none \
      "$command" >/dev/null 2>&1 || fail "hyperfine could not run: $command"
    read -r wall cpu < <(tail -n 1 "$times" | awk -F, '{ print $(NF-4), $(NF-3) + $(NF-2) }')
    [ -z "$by_cpu" ] || wall=$cpu
    return
  fi
  local TIMEFORMAT='%R %U %S' i
  for ((i = 0; i <= runs; i++)); do
    { time eval "$command" >/dev/null 2>&1 || true; } 2>&1
  done | tail -n +2 | awk '{ print $1, $2 + $3 }' | sort -n >"$times"
  read -r wall cpu < <(awk '{ wall[NR] = $1; cpu += $2 } END { print wall[int((NR + 1) / 2)], cpu / NR }' "$times")
  [ -z "$by_cpu" ] || wall=$cpu
}

# works COMMAND…: does it end with 0 or 1 (nothing found)?
works() {
  local status=0
  "$@" >/dev/null 2>broken.err || status=$?
  [ "$status" -le 1 ]
}

# speed BYTES: MB a second of the last measurement.
speed() { awk "BEGIN { printf \"%.0f\", $1 / 1e6 / ($wall > 0 ? $wall : 0.0001) }"; }
cpu_speed() { awk "BEGIN { printf \"%.0f\", $1 / 1e6 / ($cpu > 0 ? $cpu : 0.0001) }"; }
ms() { awk "BEGIN { printf \"%.1f ms\", 1000 * ($1) }"; }

# row WHAT TARGET MEASURED CONDITION DETAILS: CONDITION is awk's, or - where there is nothing to reach.
row() {
  local mark=–
  if [ "$4" != - ]; then
    if holds "$4"; then mark=pass; else mark=MISS; fi
  fi
  printf '| %s | %s | %s | %s | %s |\n' "$1" "$2" "$3" "$mark" "$5"
}
skipped() { printf '| %s | | skipped: %s | – | |\n' "$1" "$2"; }

# log KIND SIZE: makes a log, once; sets `log` and `log_bytes`.
log() {
  log=$1-$2.log
  [ -s "$log" ] || "$kit/make_logs" "$1" "$2" >"$log" || fail "make_logs $1 $2 failed (is the disk full?)"
  log_bytes=$(stat -c %s "$log")
}

# throughput WHAT TARGET KIND SIZE: one row for whyfail on one log, as a whole process.
throughput() {
  log "$3" "$4"
  measure "$whyfail --color never $log"
  local got condition=-
  got=$(speed "$log_bytes")
  [ "$2" = - ] || condition="$got >= $2"
  row "$1" "$([ "$2" = - ] || echo "≥ $2 MB/s")" "$got MB/s" "$condition" \
    "$(calc "$log_bytes / 1e6") MB in $(ms "$wall"); by processor time $(cpu_speed "$log_bytes") MB/s"
}

# --- rows -------------------------------------------------------------------------------------

row_scan() {
  throughput "passing log from a file, whole process" - plain "$bytes"
  local own=$wall alone in_memory
  { read -r alone; read -r in_memory; } < <("$kit/scan_alone" "$log")
  row "the same, the scan for fixed texts alone, one core" "≥ 2000 MB/s" "$(calc "$alone / 1e6") MB/s" "$alone >= 2e9" \
    "in chunks as they are read; median of 7; $(calc "$in_memory / 1e6") MB/s where each byte has to come from memory"
  measure "wc -l $log"
  row "the same against \`wc -l\`" "≤ 5×" "$(calc "$own / $wall")×" "$own <= 5 * $wall" "wc -l: $(ms "$wall")"
  measure "cat $log"
  row "the same against \`cat\` to /dev/null" "" "$(calc "$own / $wall")×" - "cat: $(ms "$wall")"
}

row_github() { throughput "passing log with GitHub's stamps and colours" 600 github "$bytes"; }

row_dialects() {
  local kind
  for kind in buildkit classic gitlab rawjson tty go-test-json powershell; do
    throughput "passing log, $kind" - "$kind" $((bytes / 8))
  done
}

row_pipe() {
  log plain "$bytes"
  measure "cat $log | $whyfail --no-echo --color never"
  local got
  got=$(speed "$log_bytes")
  row "passing log through a pipe, \`--no-echo\`" "≥ 1000 MB/s" "$got MB/s" "$got >= 1000" "$(ms "$wall")"
  measure "cat $log | $whyfail --color never >echo.out"
  local own=$wall
  measure "cat $log | cat >echo.out"
  row "with echo, against \`cat log \\| cat\`, into a file" "≤ 1.5×" "$(calc "$own / $wall")×" "$own <= 1.5 * $wall" \
    "$(ms "$own"), cat: $(ms "$wall")"
  rm -f echo.out
  measure "cat $log | $whyfail --color never | cat >/dev/null"
  own=$wall
  measure "cat $log | cat | cat >/dev/null"
  row "the same into a further pipe" "≤ 1.5×" "$(calc "$own / $wall")×" "$own <= 1.5 * $wall" "$(ms "$own"), cat: $(ms "$wall")"
}

row_rg() {
  "$kit/literals" >literals.txt
  local count
  count=$(wc -l <literals.txt)
  log plain "$((bytes / 4))"
  measure "$whyfail --color never $log"
  local own=$wall own_speed
  own_speed=$(speed "$log_bytes")
  if ! command -v rg >/dev/null; then
    skipped "against rg" "rg is not installed"
  elif ! works rg -c -F -f literals.txt "$log"; then
    skipped "against rg" "$(tail -n 1 broken.err)"
  else
    measure "rg -c -F -f literals.txt $log"
    row "against \`rg -c -F -f\`, the same $count literals" "≥ 4×" "$(calc "$wall / $own")×" "$wall >= 4 * $own" \
      "rg $(speed "$log_bytes") MB/s, whyfail $own_speed MB/s"
    measure "rg -c -i -F -f literals.txt $log"
    row "the same with \`-i\`: whyfail folds letter case too" "" "$(calc "$wall / $own")×" - "rg $(speed "$log_bytes") MB/s"
  fi
  log plain "$((bytes / 64))"
  measure "timeout $limit grep -c -F -f literals.txt $log"
  row "against \`grep -c -F -f\`" "" "$(calc "$own_speed / $(speed "$log_bytes")")×" - "grep $(speed "$log_bytes") MB/s"
}

# peer NAME BYTES COMMAND…: COMMAND gets the log's name as its last word.
peer() {
  local name=$1 of=$2 runs=2 own
  shift 2
  if ! command -v "$1" >/dev/null; then
    skipped "against $name" "$1 is not on PATH"
    return
  fi
  log ci "$of"
  local started=$EPOCHREALTIME status=0
  timeout "$limit" "$@" "$log" >peer.out 2>peer.err || status=$?
  if [ "$status" = 124 ]; then
    measure "$whyfail --color never $log"
    row "against $name" "≥ 20×" "> $(calc "$limit / $wall")×" "$limit >= 20 * $wall" "stopped after $limit s of a $(calc "$log_bytes / 1e6") MB log"
    return
  fi
  # Some end with 1 for a log that failed, and say what they found.
  if [ "$status" -gt 1 ] || { [ "$status" = 1 ] && [ ! -s peer.out ]; }; then
    skipped "against $name" "$* ended with $status: $(tail -n 1 peer.err | tr '|\n' '/ ' | cut -c1-80)"
    return
  fi
  if holds "$EPOCHREALTIME - $started > 10"; then runs=1; fi
  measure "$* $log"
  local their=$wall speed
  speed=$(calc "$log_bytes / 1e6 / $wall")
  runs=5
  measure "$whyfail --color never $log"
  own=$wall
  row "against $name" "≥ 20×" "$(calc "$their / $own")×" "$their >= 20 * $own" \
    "$name $speed MB/s, whyfail $(speed "$log_bytes") MB/s on a CI log of $(calc "$log_bytes / 1e6") MB"
}

row_peers() {
  peer Faultline $((bytes / 512)) faultline analyze
  peer pipelinemd $((bytes / 256)) pipelinemd distill
  peer BuildSift $((bytes / 256)) buildsift
  peer "logjuicer errors" $((bytes / 4)) logjuicer errors
  log plain $((bytes / 256))
  peer "logjuicer diff" $((bytes / 256)) logjuicer diff "$log"
  peer logdetective $((bytes / 512)) logdetective
  peer "pytorch log-classifier" $((bytes / 64)) log-classifier
}

row_failing() { throughput "failing log, 1 % of the lines match" 300 failing $((bytes / 4)); }

row_hostile() {
  local kind small
  for kind in hostile hostile-all; do
    log "$kind" $((bytes / 64))
    measure "$whyfail --color never $log"
    small=$wall
    throughput "every line hits a literal ($kind)" 50 "$kind" $((bytes / 16))
    row "the same, 4 times the bytes" "≤ 4.4× the time" "$(calc "$wall / $small")×" "$wall <= 4.4 * $small" "$(ms "$small"), $(ms "$wall")"
  done
}

row_utf16() { throughput "passing log in UTF-16" 500 utf16 $((bytes / 2)); }

row_ci() {
  log ci 40M
  measure "$whyfail --color never $log"
  row "CI log of 42 MB that failed in its middle" "≤ 60 ms" "$(ms "$wall")" "$wall <= 0.06" "processor time $(ms "$cpu")"
}

row_start() {
  local runs=40 own nothing
  log short 1K
  measure "$whyfail --color never $log"
  own=$wall
  local own_cpu=$cpu
  measure /bin/true
  nothing=$wall
  row "50-line failing log, whole process" "≤ 5 ms" "$(ms "$own")" "$own <= 0.005" "processor time $(ms "$own_cpu")"
  row "the same above /bin/true" "≤ 4 ms" "$(ms "$own - $nothing")" "$own - $nothing <= 0.004" "/bin/true: $(ms "$nothing")"
}

# peak COMMAND…: GNU time's peak resident memory of whyfail, in KiB.
peak() { { /usr/bin/time -f 'peak %M' "$whyfail" --color never "$@" >/dev/null || true; } 2>&1 | sed -n 's/^peak //p'; }

row_memory() {
  [ -x /usr/bin/time ] || { skipped memory "GNU time is not installed"; return; }
  local most=0 kind kib details=''
  for kind in short plain github failing hostile rawjson utf16; do
    log "$kind" $((bytes / 8))
    kib=$(peak "$log")
    details+="$kind $((kib / 1024)) MiB, "
    [ "$kib" -le "$most" ] || most=$kib
  done
  log plain "$((bytes / 8))"
  kib=$(peak --no-echo - <"$log")
  details+="standard input $((kib / 1024)) MiB"
  [ "$kib" -le "$most" ] || most=$kib
  row "peak resident memory" "≤ 24 MiB" "$(calc "$most / 1024") MiB" "$most <= 24 * 1024" "$details"
  if [ -n "$big" ]; then
    log plain "$((bytes / 8))"
    local times=$((10000000000 / log_bytes + 1)) i
    local started=$EPOCHREALTIME
    kib=$(for ((i = 0; i < times; i++)); do cat "$log"; done | peak --no-echo)
    row "the same, 10 GB through a pipe" "≤ 24 MiB" "$(calc "$kib / 1024") MiB" "$kib <= 24 * 1024" \
      "$(calc "10000 / ($EPOCHREALTIME - $started)") MB/s"
  fi
}

row_literals() {
  local count literals one_scan one_start scan start
  count=$("$whyfail" list --format json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')
  "$kit/literals" >literals.txt
  literals=$(wc -l <literals.txt)
  log plain 2M
  [ -d tools ] || python3 "$here/kit/tool_strings.py" --signatures $((9 * count)) --messages $((9 * literals)) --good "$log" tools ||
    { skipped "10 times the literals" "too few messages in the tools of this machine"; return; }
  # What is said too often in good logs is refused by now.
  { "$whyfail" check tools 2>&1 || true; } | sed -n '/^error\[/{n;s/^ *--> \(.*\.toml\):.*/\1/p}' | sort -u | xargs -r rm -f
  log plain "$bytes"
  # A folder takes seconds to be read, so the log has to take some, too: at least 2 GB of it.
  local big_log=ten.log copies=$((2000000000 / log_bytes + 1)) i
  for ((i = 0; i < copies; i++)); do cat "$log"; done >"$big_log" || fail "no room for $big_log"
  measure "$whyfail --color never $big_log" && one_scan=$wall
  log short 1K
  runs=20 measure "$whyfail --color never $log" && one_start=$wall
  runs=5 measure "$whyfail --signatures tools --color never $log" && start=$wall
  runs=5 measure "$whyfail --signatures tools --color never $big_log" && scan=$wall
  row "10 times the signatures and literals as a folder: the scan alone" "≤ 1.5×" "$(calc "($scan - $start) / ($one_scan - $one_start)")×" \
    "$scan - $start <= 1.5 * ($one_scan - $one_start)" "$(find tools -name '*.toml' | wc -l) more files, $((9 * literals)) more texts; to read and check them takes $(ms "$start")"
  [ -n "$ten" ] || { rm "$big_log"; return 0; }
  local built=$dir/ten-target/release/whyfail
  if [ ! -x "$built" ]; then
    mkdir -p ten
    cp -r "$here"/../{Cargo.toml,Cargo.lock,build.rs,src,signatures,corpus,schema,benches,examples,completions,man,README.md} ten/
    cp -r tools/tools ten/signatures/tools
    (cd ten && CARGO_TARGET_DIR=$dir/ten-target cargo build --release --quiet) || { rm "$big_log"; skipped "10 times compiled in" "it does not build"; return; }
  fi
  measure "$built --color never $big_log" && scan=$wall
  rm "$big_log"
  runs=20 measure "$built --color never $log" && start=$wall
  row "10 times compiled in: passing log" "≤ 1.5×" "$(calc "$scan / $one_scan")×" "$scan <= 1.5 * $one_scan" "$(ms "$one_scan"), $(ms "$scan")"
  row "10 times compiled in: start-up" "≤ 2×" "$(calc "$start / $one_start")×" "$start <= 2 * $one_start" "$(ms "$one_start"), $(ms "$start")"
}

row_binary() {
  local stripped
  strip -o stripped "$whyfail" 2>/dev/null || cp "$whyfail" stripped
  stripped=$(stat -c %s stripped)
  row "binary, stripped" "≤ 10 MiB" "$(calc "$stripped / 1048576") MiB" "$stripped <= 10485760" ""
}

row_real() {
  [ -n "$real" ] || return 0
  log=$real
  log_bytes=$(stat -c %s "$real")
  measure "$whyfail --color never $real"
  local own=$wall
  measure "wc -l $real"
  row "real log (--real)" "" "$(calc "$log_bytes / 1e6 / $own") MB/s" - "$(calc "$log_bytes / 1e6") MB; wc -l $(speed "$log_bytes") MB/s"
}

# --- the table --------------------------------------------------------------------------------

all=(scan github dialects pipe rg peers failing hostile utf16 ci start memory literals binary real)
[ ${#only[@]} -gt 0 ] || only=("${all[@]}")
for name in "${only[@]}"; do
  [[ " ${all[*]} " == *" $name "* ]] || fail "--only $name: one of ${all[*]}"
done

model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
printf '%s, %s: %s, %s cores, %s, load %s at the start; passing log of %s, %s of %s runs by %s.\n\n' \
  "$("$whyfail" --version)" "$(date -u +%F)" "${model:-unknown processor}" "$(nproc)" "$(uname -sr)" \
  "$(cut -d ' ' -f 1 /proc/loadavg)" "$size" \
  "$(if [ -n "$by_cpu" ]; then echo 'mean processor times'; else echo 'median wall times'; fi)" "$runs" "$(hyperfine --version 2>/dev/null || echo 'a loop of the shell')"
printf '| what | to reach | measured | | details |\n|---|---|---|---|---|\n'
for name in "${only[@]}"; do
  "row_$name"
done
