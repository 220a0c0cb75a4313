#include "frame.h"

int main(void) { return frame_length("a") != 3; }
