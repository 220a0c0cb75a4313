int part7(void) { return 7; }
