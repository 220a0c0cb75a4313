#include "frame.h"

int main(void) { return FRAME_SIZE != 16; }
