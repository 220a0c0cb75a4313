int part17(void) { return 17; }
