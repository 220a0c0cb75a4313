int part13(void) { return 13; }
