build: main.c
	$(CC) -O2 -o meter-reader main.c
