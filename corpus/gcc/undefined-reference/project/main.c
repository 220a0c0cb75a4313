int frame_check(const char *frame);

int main(void) { return frame_check("ok"); }
