#!/bin/bash
# Starts the server, asks it once, and gets rid of it.
python3 -m http.server 18080 >server.log 2>&1 &
server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    curl -sS -o /dev/null http://127.0.0.1:18080/ && break
    sleep 0.5
done
kill -9 $server
wait $server
echo "server ended with $?, as it should"
