#include <stddef.h>

size_t frame_read(const char *in, char *out, size_t size) {
    size_t bytes_read = 0;
    while (bytes_read < size && in[bytes_read])
        out[bytes_read] = in[bytes_read], bytes_read++;
    return bytes_read
}
