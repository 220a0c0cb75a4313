int part12(void) { return 12; }
