set -e
if [ ! -s release.txt ]; then
  echo "no release"
  exit 1
