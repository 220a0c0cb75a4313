unsigned crc(const unsigned char *p, int n) { unsigned c = 0; while (n--) c = c * 31 + *p++; return c; }
