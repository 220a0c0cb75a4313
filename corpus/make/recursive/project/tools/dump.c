#include <stdio.h>

int main(void) {
    puts("meter-reader 1.4");
    return 0;
}
