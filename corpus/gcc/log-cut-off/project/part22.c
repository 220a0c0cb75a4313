int part22(void) { return 22; }
