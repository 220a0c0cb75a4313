#include <stdio.h>

int main(void) {
    int retries = 3;
    puts("ready");
    return 0;
}
