int part25(void) { return 25; }
