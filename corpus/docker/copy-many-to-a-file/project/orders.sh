. ./limits.sh
echo "orders: listening on 8080"
