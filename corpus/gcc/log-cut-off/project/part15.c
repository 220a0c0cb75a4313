int part15(void) { return 15; }
