set -eu
echo "release $RELEASE" >/etc/orders-release
