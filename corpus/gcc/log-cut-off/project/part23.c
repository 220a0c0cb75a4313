int part23(void) { return 23; }
