int part24(void) { return 24; }
