#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    double years = argc > 1 ? atof(argv[1]) : 1;
    printf("%.3f\n", pow(0.97, years));
    return 0;
}
