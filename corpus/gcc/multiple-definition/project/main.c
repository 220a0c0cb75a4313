#include "log.h"

int main(void) {
    log_level = 1;
    log_line("started");
    return 0;
}
