#include <stdio.h>
int main(void) { puts("HTTP 403 Forbidden"); return 0; }
