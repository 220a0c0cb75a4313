#!/usr/bin/env bash
# The step of action.yml: diagnoses the saved logs that WHYFAIL_LOG names, or the last failed build of the builder's
# history, and tells the workflow. It never changes the job's verdict: it ends with 0, but with 2 for wrong inputs.
#
# Inputs, all optional:  WHYFAIL_LOG          paths, one a line
#                        WHYFAIL_BUILDER      builder for the history
#                        WHYFAIL_PROJECT      folder of the project
#                        WHYFAIL_ANNOTATIONS  true or false
#                        WHYFAIL_SUMMARY      true or false
#                        WHYFAIL_REPORT       files for reports, one a line: FILE or FORMAT=FILE
#                        WHYFAIL_PROGRAM      the program whyfail
# From the runner:       GITHUB_OUTPUT GITHUB_STEP_SUMMARY GITHUB_WORKSPACE GITHUB_ACTION_PATH RUNNER_TEMP
set -euo pipefail

# The runner obeys a line that starts with `::`; in what is quoted there %, CR and LF are escaped.
tell() {
  local level=$1 text=$2
  text=${text//'%'/%25} text=${text//$'\r'/%0D} text=${text//$'\n'/%0A}
  printf '::%s title=whyfail::%s\n' "$level" "$text"
}

wrong_usage() {
  tell error "$1"
  exit 2
}

# Nothing to diagnose, or nothing to diagnose it with: said, and no failure of its own.
give_up() {
  tell warning "$1"
  exit 0
}

# yes_or_no NAME VALUE
yes_or_no() {
  case $2 in
    true | false) ;;
    *) wrong_usage "The input '$1' is '$2'; it may be true or false." ;;
  esac
}

annotations=${WHYFAIL_ANNOTATIONS:-true}
summary=${WHYFAIL_SUMMARY:-true}
yes_or_no annotations "$annotations"
yes_or_no summary "$summary"
builder=${WHYFAIL_BUILDER:-}
report=${WHYFAIL_REPORT:-}
workspace=${GITHUB_WORKSPACE:-$PWD}
project=${WHYFAIL_PROJECT:-$workspace}
[ -d "$project" ] || wrong_usage "The input 'project' names no folder: $project"
temporary=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/whyfail.XXXXXX")
trap 'rm -rf "$temporary"' EXIT
cd "$workspace"

# --- the program ------------------------------------------------------------------------------

whyfail=${WHYFAIL_PROGRAM:-}
if [ -n "$whyfail" ]; then
  whyfail=$(command -v -- "$whyfail") || wrong_usage "The input 'whyfail' names no program: $WHYFAIL_PROGRAM"
elif ! whyfail=$(command -v whyfail); then
  source=${GITHUB_ACTION_PATH:-}
  if [ ! -f "$source/Cargo.toml" ] || ! command -v cargo >/dev/null; then
    give_up "whyfail is not on PATH, and it can't be built here: cargo or the action's sources are missing. Install it in a step before, or name it with the input 'whyfail'."
  fi
  # Kept for further uses of the action in this job.
  target=${RUNNER_TEMP:-$temporary}/whyfail-target
  echo "whyfail is not on PATH: building it with cargo"
  if ! cargo build --release --locked --manifest-path "$source/Cargo.toml" --target-dir "$target" \
    >"$temporary/cargo.log" 2>&1; then
    tail -n 20 "$temporary/cargo.log" | sed 's/^/  | /; s/##/# # /g' >&2
    give_up "whyfail is not on PATH, and building it with cargo failed; the step's log has the end of cargo's output."
  fi
  whyfail=$target/release/whyfail
fi

# --- what to diagnose -------------------------------------------------------------------------

# A subcommand or an option must not be made of a path, so each starts with / or ./
as_path() {
  case $1 in
    /* | [A-Za-z]:[/\\]*) printf '%s' "$1" ;;
    *) printf './%s' "$1" ;;
  esac
}

# A line of an input: blanks at either end come from the YAML.
trimmed() {
  local line=${1%$'\r'}
  line=${line#"${line%%[![:blank:]]*}"} line=${line%"${line##*[![:blank:]]}"}
  printf '%s' "$line"
}

logs=()
while IFS= read -r line || [ -n "$line" ]; do
  line=$(trimmed "$line")
  [ -n "$line" ] || continue
  line=$(as_path "$line")
  if [ -f "$line" ]; then
    logs+=("$line")
  else
    tell warning "There is no log $line; perhaps the job failed before it was written."
  fi
done <<<"${WHYFAIL_LOG:-}"

wants_log() { [[ ${WHYFAIL_LOG:-} =~ [^[:space:]] ]]; }

# --- the diagnosis ----------------------------------------------------------------------------

common=(--color never
  -o "github=$temporary/annotations" -o "markdown=$temporary/summary.md" --outputs "$temporary/outputs")
while IFS= read -r line; do
  line=$(trimmed "$line")
  [ -n "$line" ] || continue
  format=json
  if [[ $line =~ ^(text|brief|json|jsonl|sarif|gitlab|markdown|html)=(.+)$ ]]; then
    format=${BASH_REMATCH[1]} line=${BASH_REMATCH[2]}
  elif [[ $line =~ \.(html|sarif|json|jsonl)$ ]]; then
    format=${BASH_REMATCH[1]}
  elif [[ $line == *.md ]]; then
    format=markdown
  elif [[ $line == *.txt ]]; then
    format=text
  fi
  line=$(as_path "$line")
  mkdir -p -- "$(dirname -- "$line")"
  common+=(-o "$format=$line")
done <<<"$report"
# A whyfail that was installed by hand may be too old for this option.
usage=$("$whyfail" --help)
[[ $usage != *--project* ]] || common+=(--project "$project")

status=0
if wants_log; then
  [ ${#logs[@]} -gt 0 ] || give_up "None of the logs is there, so there is nothing to diagnose."
  "$whyfail" "${common[@]}" -- "${logs[@]}" || status=$?
else
  [ -z "$builder" ] || common+=(--builder "$builder")
  "$whyfail" last "${common[@]}" || status=$?
fi
# 0: no failure found, 1: a failure, 3: the log breaks off.
case $status in
  0 | 1 | 3) ;;
  *) wants_log || give_up "The builder's history gave nothing to diagnose (exit status $status); the step's log says why." ;;
esac

# --- what the workflow gets -------------------------------------------------------------------

# give FROM TO: appends what there is.
give() { [ ! -s "$1" ] || [ -z "$2" ] || cat "$1" >>"$2"; }

if [ "$annotations" = true ] && [ -s "$temporary/annotations" ]; then
  cat "$temporary/annotations"
fi
[ "$summary" = false ] || give "$temporary/summary.md" "${GITHUB_STEP_SUMMARY:-}"
give "$temporary/outputs" "${GITHUB_OUTPUT:-}"

case $status in
  0 | 1 | 3) exit 0 ;;
  *) wrong_usage "whyfail could not read every log or write every file (exit status $status); the step's log says which." ;;
esac
