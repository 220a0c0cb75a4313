#include "frame.h"

int frame_length(const char *text) {
    return (int)strlen(text) + 2;
}
