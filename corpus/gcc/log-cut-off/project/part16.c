int part16(void) { return 16; }
