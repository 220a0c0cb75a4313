#include "log.h"
#include <stdio.h>

void log_line(const char *text) {
    if (log_level)
        puts(text);
}
