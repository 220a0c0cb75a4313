#!/bin/sh
# Takes the archive from the first mirror that has the right one.
for host in mirror1.example.org mirror2.example.org mirror3.example.org; do
    curl -sSf -o v1.2.0.mod "http://$host/example.com/greet/@v/v1.2.0.info" || continue
    curl -sSf -o greet.zip "http://$host/example.com/greet/@v/v1.2.0.zip" || continue
    if sha256sum -c greet.sha256; then
        echo "taken from $host"
        exit 0
    fi
    echo "checksum mismatch, trying the next mirror"
done
echo "no mirror has the archive" >&2
exit 1
