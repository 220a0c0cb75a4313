# shellcheck shell=sh
# Lets `docker build` say why it failed. To be read by bash or zsh: . docker-build.sh
docker() {
  if [ "${1:-}" = build ] && [ -t 2 ] && command -v whyfail >/dev/null; then
    command whyfail run -- docker "$@"
  else
    command docker "$@"
  fi
}
