#ifndef LOG_H
#define LOG_H
int log_level;
void log_line(const char *text);
#endif
