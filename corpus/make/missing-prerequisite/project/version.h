#define VERSION "1.4"
