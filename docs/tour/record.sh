#!/usr/bin/env bash
# Makes the picture in README.md: a build really fails in a terminal, whyfail reads along, and the
# screen is drawn as it is then.
#
#   bash docs/tour/record.sh [PATH-TO-WHYFAIL]      (default target/release/whyfail) writes docs/tour/screen.svg
#
# Needs what tests/live/record.sh and tests/live/history.sh need (the docker client of the latter), tmux, and
# Python with venv. The machine of `record.sh --serve` is used where one is running, else one is started.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
whyfail=$(realpath "${1:-$root/target/release/whyfail}")
client=${WHYFAIL_REC_CACHE:-/var/cache/whyfail-rec}
scenario=docker/stage-typo
columns=100 rows=62
[ -x "$client/docker-29/docker" ] || { echo "no docker client in $client: bash tests/live/history.sh makes one" >&2; exit 2; }

folder=$(mktemp -d)
serving=
leave() {
  [ -z "$serving" ] || bash "$root/tests/live/record.sh" --stop
  rm -rf "$folder"
}
trap leave EXIT

if ! bash "$root/tests/live/record.sh" --shell </dev/null 2>/dev/null; then
  bash "$root/tests/live/record.sh" --serve >"$folder/serve.log" 2>&1 &
  serving=$!
  until grep -q 'ready:' "$folder/serve.log"; do
    kill -0 "$serving" || { cat "$folder/serve.log" >&2; exit 1; }
    sleep 1
  done
fi

mkdir -p "$folder/home/.docker/cli-plugins" "$folder/bin" "$folder/hello"
cp -r "$root/corpus/$scenario/project/." "$folder/hello"
ln -s "$client/bin/buildx" "$folder/home/.docker/cli-plugins/docker-buildx"
ln -s "$client/docker-29/docker" "$folder/bin/docker"
ln -s "$whyfail" "$folder/bin/whyfail"
cat >"$folder/shell" <<'SHELL'
PS1='\[\e[1;32m\]~/hello\[\e[0m\] $ '
SHELL

# What a person would type; then the screen, with its colours.
bash "$root/tests/live/record.sh" --shell <<SESSION
cd "$folder/hello"
export HOME=$folder/home BUILDX_BUILDER=bench TERM=xterm-256color PATH=$folder/bin:/usr/bin:/bin
unset CI NO_COLOR
tmux -L whyfail-tour -f /dev/null new-session -d -x $columns -y $rows "bash --rcfile $folder/shell -i"
tmux -L whyfail-tour set-option -g status off
tmux -L whyfail-tour resize-window -x $columns -y $rows
sleep 1
tmux -L whyfail-tour send-keys 'docker build . 2>&1 | whyfail' Enter
for _ in \$(seq 60); do
  sleep 0.5
  ! tmux -L whyfail-tour capture-pane -p | grep -q 'More: whyfail' || break
done
sleep 1
tmux -L whyfail-tour capture-pane -epN >"$folder/screen.ansi"
tmux -L whyfail-tour kill-server
SESSION
grep -q 'More: whyfail' "$folder/screen.ansi" || { echo "the screen does not show the answer:" >&2; cat "$folder/screen.ansi" >&2; exit 1; }

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'rich==14.*'
"$folder/venv/bin/python" "$here/draw.py" "$columns" "$folder/screen.ansi" "$here/screen.svg"
