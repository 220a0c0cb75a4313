int part21(void) { return 21; }
