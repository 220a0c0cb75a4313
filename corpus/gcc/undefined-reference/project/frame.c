int frame_check(const char *frame) { return frame[0] == 0; }
