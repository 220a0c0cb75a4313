#include <stdio.h>
#include <zlib.h>

int main(void) {
    printf("archiver, zlib %s\n", zlibVersion());
    return 0;
}
