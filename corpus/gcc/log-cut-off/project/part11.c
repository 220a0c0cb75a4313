int part11(void) { return 11; }
