#include <stdio.h>
int failed(void);
int main(void) { printf("%d errors, 0 failed\n", failed()); return 0; }
