int part4(void) { return 4; }
