int part28(void) { return 28; }
