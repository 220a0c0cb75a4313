#include <stdio.h>
int meter_version(void);
int main(void) { printf("%d\n", meter_version()); return 0; }
