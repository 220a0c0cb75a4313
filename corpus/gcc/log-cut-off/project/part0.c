int part0(void) { return 0; }
