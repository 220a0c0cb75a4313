#include <stdio.h>

int main(void) {
    for (int left = 3; left > 0; left--)
        usleep(1000);
    puts("up");
    return 0;
}
