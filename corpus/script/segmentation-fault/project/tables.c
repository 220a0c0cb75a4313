#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    const char *locale = getenv("LOCALE");
    printf("%zu %s\n", strlen(locale), locale);
    return 0;
}
