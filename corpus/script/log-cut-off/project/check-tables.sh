for table in tables/*.csv; do
  echo "checking $table"
  awk -F, 'NF != 3 { printf "%s: line %d has %d columns instead of 3\n", FILENAME, NR, NF; bad = 1 } END { exit bad }' "$table" || exit 1
done
