#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    long days = argc > 1 ? strtol(argv[1], NULL, 10) : 7;
    printf("report of %ld days\n", days);
    return 0;
}
