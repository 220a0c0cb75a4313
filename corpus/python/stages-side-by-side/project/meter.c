int meter(int x) { return x + 1; }
