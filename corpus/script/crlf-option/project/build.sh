set -e
echo "assets are built"
