#include <stdio.h>
#include <stdlib.h>

int main(void) {
    char name[L_tmpnam];
    fprintf(stderr, "error: undefined reference in entry 3 (ignored)\n");
    return tmpnam(name) == NULL;
}
