ulimit -n 1024
