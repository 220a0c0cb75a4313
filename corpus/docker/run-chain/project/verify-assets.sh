#!/bin/sh
# Compares the assets with the list of those that were reviewed.
for file in assets/*; do
  if grep -qx "$file" manifest.txt; then
    echo "verified $file"
  else
    echo "$file is not in the manifest: rejected" >&2
    exit 3
  fi
done
