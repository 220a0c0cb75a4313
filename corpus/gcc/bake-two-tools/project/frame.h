int frame_length(const char *text);
