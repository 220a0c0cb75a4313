set -e
cat pages/*.txt >pages/index.txt
wc -l pages/index.txt
