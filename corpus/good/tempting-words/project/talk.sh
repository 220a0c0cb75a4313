#!/bin/sh
# What a healthy build may print.
cat <<'END'
error: 0 errors
copying 403.html
copying 404.html
=== RUN   TestPermissionDenied
--- PASS: TestPermissionDenied (0.00s)
ok  	example.com/hello/auth	0.004s
added timeout-abort-controller@2.0.0
gcc -Wall -Werror -o hello hello.c
php: error_reporting=E_ALL
Selecting previously unselected package liberror-perl.
Compiling thiserror v1.0.69
✓ 12 checks passed, × 0 failed
wget: retrying after 503 Service Unavailable
END
echo "warning: connection timed out, trying the next mirror" >&2
