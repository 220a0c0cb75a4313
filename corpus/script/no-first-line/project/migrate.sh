echo "3 migrations applied"
