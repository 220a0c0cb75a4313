int part27(void) { return 27; }
