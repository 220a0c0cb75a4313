int push(const char *url);

int main(void) {
    char *target = 17 +;
    return push(target);
}
