#include "frame.h"

int main(void) { return frame_length("bc") != 4; }
