int part18(void) { return 18; }
