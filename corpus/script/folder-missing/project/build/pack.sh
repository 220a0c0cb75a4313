sort ../words.txt >../index.txt
