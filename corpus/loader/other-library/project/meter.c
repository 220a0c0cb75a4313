#include <stdio.h>
int main(void) { puts("meter 1.4"); return 0; }
