echo "orders: listening on 8080"
