echo "$(date -u +%H:%M) $1"
