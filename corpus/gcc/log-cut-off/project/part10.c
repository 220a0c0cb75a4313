int part10(void) { return 10; }
