extern const char *sqlite3_libversion(void);
extern int puts(const char *);

int main(void) {
    puts(sqlite3_libversion());
    return 0;
}
