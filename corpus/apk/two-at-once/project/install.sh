#!/bin/sh
# The tools are many, so both lists are installed at once.
apk add --no-cache build-base &
sleep 1
apk add --no-cache ledger || exit
wait
