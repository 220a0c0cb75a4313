#!/bin/sh
# The compiler takes long, so it is installed in the background.
apt-get install -y --no-install-recommends build-essential >/var/log/compiler.log 2>&1 &
sleep 1
apt-get install -y --no-install-recommends jq || exit
wait
